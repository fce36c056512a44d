/** Read marks: how far a user has read in a conversation. They only move forward, and the unread count moves with them. */
import { type CompiledQuery, sql } from 'kysely'
import type { Db } from '../../client/mysql.ts'
import { FrameType, type ReadFrame } from '../../wire/frame.ts'
import type { Push } from '../connection/delivery.ts'

/** Where the mark of a relation is to stand: at most the end of its conversation, which is locked. */
export interface Mark {
  relationId: number
  conversationId: number
  seq: number
}

/** Moves marks forward, in one statement; counts anew what lies behind each. */
export function moved(db: Db, marks: readonly Mark[]): CompiledQuery {
  const values = marks.map(
    ({ relationId, conversationId, seq }) =>
      sql`select ${relationId} as relation_id, ${conversationId} as conversation_id, ${seq} as seq`,
  )
  return sql`
    update relations r join (${sql.join(values, sql` union all `)}) v on v.relation_id = r.id
    set r.last_read_seq = v.seq,
      r.last_read_msg_id = (
        select m.id from messages m where m.conversation_id = v.conversation_id and m.seq = v.seq),
      r.unread_count = (
        select count(*) from messages m
        where m.conversation_id = v.conversation_id and m.from_user_id = r.target_id and m.seq > v.seq)
    where r.last_read_seq < v.seq`.compile(db)
}

/** Tells both sides how far `reader` has read what `target` wrote; not the connection that said so itself. */
export function pushesOf(reader: number, target: number, seq: number, origin?: string): Push[] {
  const frame: ReadFrame = { type: FrameType.read, from_id: reader, target_id: target, seq }
  return [
    { userId: target, frame },
    { userId: reader, ...(origin !== undefined && { except: origin }), frame },
  ]
}
