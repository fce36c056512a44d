/** Read marks: how far a member has read a conversation. They only move forward. */
import { type CompiledQuery, sql } from 'kysely'
import type { Db, Tx } from '../../client/mysql.ts'
import { type Address, ChatType } from '../../core/address.ts'
import { MemberState, MessageKind } from '../../schema/tables.ts'
import { FrameType } from '../../wire/frame.ts'
import type { ReadFrame } from '../../wire/server-frame.ts'
import type { Push } from '../connection/delivery.ts'

/** A member's new read mark: at most the conversation's last seq. The conversation must be locked. */
export interface Mark {
  conversationId: number
  userId: number
  /** The peer of a pair; 0 for a group. */
  peerId: number
  seq: number
}

/**
 * The statement that moves marks forward and recounts the member's own messages after each. The message at the mark is
 * looked up by seq, since its row has the number of notices up to it.
 */
export function move(db: Db, marks: readonly Mark[]): CompiledQuery {
  const values = marks.map(
    ({ conversationId, userId, peerId, seq }) =>
      sql`select ${conversationId} as conversation_id, ${userId} as user_id, ${peerId} as peer_id, ${seq} as seq`,
  )
  return sql`
    update (${sql.join(values, sql` union all `)}) v
    join members m on m.conversation_id = v.conversation_id and m.user_id = v.user_id
    join messages x on x.conversation_id = v.conversation_id and x.seq = v.seq
    left join relations r on r.owner_id = v.user_id and r.target_id = v.peer_id
    set m.read_seq = v.seq,
      m.read_ordinal = v.seq - x.notice_count,
      m.own_after_read = (
        select count(*) from messages o
        where o.conversation_id = v.conversation_id and o.from_user_id = v.user_id and o.kind = ${MessageKind.said}
          and o.seq > v.seq),
      r.last_read_msg_id = x.id
    where m.read_seq < v.seq`.compile(db)
}

// In larger groups read marks would be most of the traffic, so they are not pushed.
export const maxMembersForReads = 32

/** Who hears of a member's mark: the members of a small group, else only the reader's other connections. */
export async function recipientsOf(tx: Tx, conversationId: number, reader: number): Promise<number[]> {
  const members = await tx
    .selectFrom('members')
    .select('user_id')
    .where('conversation_id', '=', conversationId)
    .where('state', '=', MemberState.active)
    .limit(maxMembersForReads + 1)
    .execute()
  return members.length > maxMembersForReads ? [reader] : members.map(({ user_id }) => user_id)
}

/**
 * The push that shows `recipients` how far `reader` has read the messages of `target`, a user or a group. The connection
 * `origin`, which sent the mark, gets none.
 */
export function pushOf(
  recipients: readonly number[],
  { reader, target, chatType, seq }: { reader: number; target: number; chatType: Address['chatType']; seq: number },
  origin?: string,
): Push {
  const kind = chatType === ChatType.group ? { chat_type: chatType } : {}
  const frame: ReadFrame = { type: FrameType.read, from_id: reader, target_id: target, ...kind, seq }
  return { userIds: recipients, ...(origin !== undefined && { except: origin }), frame }
}
