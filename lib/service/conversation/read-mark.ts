/** Read marks: how far a member has read a conversation. They only move forward. */
import { type CompiledQuery, sql } from 'kysely'
import type { Db } from '../../client/mysql.ts'
import { type Address, ChatType } from '../../core/address.ts'
import { FrameType, type ReadFrame } from '../../wire/frame.ts'
import type { Push } from '../connection/delivery.ts'

/** Where a member's mark is to stand: at most at the end of the conversation, which is locked. */
export interface Mark {
  conversationId: number
  userId: number
  /** The other one of a pair; 0 for a group. */
  peerId: number
  seq: number
}

/**
 * Moves marks forward, in one statement, and recounts the member's own messages after each. The message that is read is
 * looked up by its number, and tells how many notices there are before it.
 */
export function moved(db: Db, marks: readonly Mark[]): CompiledQuery {
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
        where o.conversation_id = v.conversation_id and o.from_user_id = v.user_id and o.seq > v.seq),
      r.last_read_msg_id = x.id
    where m.read_seq < v.seq`.compile(db)
}

/**
 * Tells `recipients` how far `reader` has read a conversation; not the connection that said so itself. `target` is whom or
 * which group the reader has read.
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
