/** Mentions: which of a member's unread messages are for that member above all. */
import { sql } from 'kysely'
import type { Db } from '../../client/mysql.ts'
import type { MyGroup } from '../../wire/group.ts'

// So far back they are counted: otherwise whoever may mention everybody could make the lists of others slow without end.
const counted = 1_000
const everybody = 0

/** What is known of a group and its member. */
export type Marked = Pick<MyGroup, 'last_seq' | 'read_seq' | 'unread_count'> & { conversation_id: number }

/**
 * How many unread messages mention the caller, or everybody, among the latest 1,000 of each group: by conversation, if there are any.
 * One statement, and none if nothing is unread.
 */
export async function countsIn(db: Db, caller: number, groups: readonly Marked[]): Promise<Map<number, number>> {
  const unread = groups.filter(({ unread_count }) => unread_count > 0)
  if (unread.length === 0) return new Map()
  const ranges = unread.flatMap(({ conversation_id, last_seq, read_seq }) =>
    [caller, everybody].map(
      (user) =>
        sql`(n.conversation_id = ${conversation_id} and n.user_id = ${user}
          and n.seq > ${Math.max(read_seq, last_seq - counted)})`,
    ),
  )
  // Forces both indexes, and to begin with the mentions.
  const { rows } = await sql<{ conversation_id: number; mentioned: number }>`
    select straight_join n.conversation_id, count(distinct n.seq) as mentioned
    from mentions as n force index (primary)
    join messages as x force index (messages_seq) on x.conversation_id = n.conversation_id and x.seq = n.seq
    where (${sql.join(ranges, sql` or `)}) and x.from_user_id <> ${caller}
    group by n.conversation_id`.execute(db)
  return new Map(rows.map(({ conversation_id, mentioned }) => [conversation_id, mentioned]))
}
