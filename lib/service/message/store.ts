/** Storing: a batch of records becomes messages, in one transaction with a fixed number of statements. */
import { type CompiledQuery, type Insertable, sql } from 'kysely'
import type { Clients } from '../../client/clients.ts'
import type { Db } from '../../client/mysql.ts'
import { ChatType, pairOf } from '../../core/address.ts'
import { previewOf } from '../../core/preview.ts'
import { type Database, MemberState, MessageKind, type NewMessage } from '../../schema/tables.ts'
import type { ChatRecord } from '../../wire/record.ts'
import * as readMark from '../conversation/read-mark.ts'
import { linksOf } from '../media/link.ts'
import { transactInTwo } from '../store/transaction.ts'
import { Changing, targetsOf } from './change.ts'
import { Refusals } from './refused.ts'
import { type Added, inRequestOrder, isStorable, type Outcome, resolveMessages, resolveSignals } from './resolve.ts'
import { conversationsOf, readsOf, repeatsOf } from './snapshot.ts'

/**
 * Stores the new messages of a batch and moves its read marks. Returns the outcome of each message in the order of request
 * times, then the outcomes of read marks and typing, one for each reader and typist.
 *
 * All or nothing. The batch's conversations are locked first, pairs before groups, so seqs have no holes and membership is
 * as last committed. At most nine statements between begin and commit, seven if all conversations are pairs. Two more if
 * files were sent, one if somebody is mentioned, one if something is refused, and eleven if messages are changed, in two round trips for
 * a batch of any size.
 */
export async function store(
  { db }: Pick<Clients, 'db'>,
  records: readonly ChatRecord[],
  now: number,
): Promise<Outcome[]> {
  if (records.length === 0) return []
  const ordered = inRequestOrder(records)
  const messages = ordered.filter(isStorable)
  return await transactInTwo({ db }, readsOf(db, ordered), (rows) => {
    const conversations = conversationsOf(rows)
    const changing = new Changing(targetsOf(rows))
    const refusals = new Refusals(rows.refusals)
    const { outcomes, added } = resolveMessages(messages, conversations, repeatsOf(rows), { changing, refusals }, now)
    const { signals, marks } = resolveSignals(ordered, conversations)
    return {
      writes: [
        ...(added.length > 0 ? insert(db, added, now) : []),
        ...changing.writes(db),
        ...refusals.writes(db),
        ...(marks.length > 0 ? [readMark.move(db, marks)] : []),
      ],
      committed([inserted]) {
        // Ids of one insert are consecutive, in the order of its rows. Within a conversation its lock keeps ids and
        // seqs in step.
        added.forEach(({ placed }, index) => {
          placed.id = (inserted?.insertId ?? 0) + index
        })
        return [...outcomes, ...signals]
      },
    }
  })
}

function insert(db: Db, added: readonly Added[], now: number): CompiledQuery[] {
  const messages = db.insertInto('messages').values(added.map(({ row }) => row))
  return [
    messages.compile(),
    ends(db, added),
    ...ownCounts(db, added),
    ...linksOf(db, added, now),
    ...mentionsOf(db, added),
  ]
}

// Every conversation exists, so this insert only updates; an update with joins takes MariaDB up to twice as long.
// `last_insert_id()` is still the id of the first message, since this statement has not changed it yet.
function ends(db: Db, added: readonly Added[]): CompiledQuery {
  const last = new Map(added.map(({ row }, index) => [row.conversation_id, { row, index }]))
  return db
    .insertInto('conversations')
    .values(
      [...last.values()].map(({ row, index }) => ({
        id: row.conversation_id,
        kind: row.type,
        ...addressColumns(row),
        last_seq: row.seq,
        notice_count: row.notice_count,
        last_message_id: sql<number>`last_insert_id() + ${index}`,
        last_message_time: row.created_at,
        content: previewOf(row.content),
      })),
    )
    .onDuplicateKeyUpdate({
      last_seq: sql`values(last_seq)`,
      notice_count: sql`values(notice_count)`,
      last_message_id: sql`values(last_message_id)`,
      last_message_time: sql`values(last_message_time)`,
      content: sql`values(content)`,
    })
    .compile()
}

function addressColumns({ type, from_user_id, to_user_id }: NewMessage) {
  if (type === ChatType.group) return { group_id: to_user_id }
  const { low, high } = pairOf(from_user_id, to_user_id)
  return { low_id: low, high_id: high }
}

// A member's own messages are not unread, so each sender's row counts them; changes count for nobody. All senders are members, so this insert only
// updates: an update of 500 rows by their two keys takes MariaDB a hundred milliseconds, this one three.
function ownCounts(db: Db, added: readonly Added[]): CompiledQuery[] {
  const bySender = new Map<string, Insertable<Database['members']> & { own_after_read: number }>()
  for (const { row } of added) {
    const { conversation_id, from_user_id: user_id, kind } = row
    if (kind !== MessageKind.said) continue
    const key = `${conversation_id} ${user_id}`
    const known = bySender.get(key)
    if (known) known.own_after_read += 1
    else bySender.set(key, { conversation_id, user_id, state: MemberState.left, own_after_read: 1, joined_at: 0 })
  }
  if (bySender.size === 0) return []
  const insert = db.insertInto('members').values([...bySender.values()])
  return [insert.onDuplicateKeyUpdate({ own_after_read: sql`own_after_read + values(own_after_read)` }).compile()]
}

function mentionsOf(db: Db, added: readonly Added[]): CompiledQuery[] {
  const rows = added.flatMap(({ row: { conversation_id, seq }, mentions }) =>
    mentions.map((user_id) => ({ conversation_id, seq, user_id })),
  )
  return rows.length === 0 ? [] : [db.insertInto('mentions').values(rows).compile()]
}
