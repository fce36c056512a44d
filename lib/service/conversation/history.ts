/** The history of a conversation. */
import { type RawBuilder, sql } from 'kysely'
import type { Clients } from '../../client/clients.ts'
import { addressOf, ChatType } from '../../core/address.ts'
import type { HistoryQuery, StoredMessage } from '../../wire/chat.ts'
import { Page } from '../../wire/page.ts'
import { isAt } from './conversation.ts'
import { detailed, type MessageRow } from './detail.ts'
import { messageColumns, pageMaxBytes, roomFor, senderColumns, senders } from './page.ts'

/**
 * A page of the messages that the caller may see of a conversation, oldest first; empty if the caller was never a member.
 * It ends at `limit` or at the byte limit of a response; the next page continues in the same direction.
 */
export async function history(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  { target_id, chat_type, before_seq, after_seq, last_msg_id = 0, limit }: HistoryQuery,
): Promise<Page<StoredMessage>> {
  const isForward = after_seq !== undefined
  const isGroup = chat_type === ChatType.group
  const wanted = [
    isAt(addressOf(chat_type, caller, target_id)),
    ...(isForward ? [sql`m.seq > ${after_seq}`] : []),
    ...(before_seq === undefined ? [] : [sql`m.seq < ${before_seq}`]),
    ...(last_msg_id === 0 ? [] : [sql`m.id < ${last_msg_id}`]),
  ]
  // Forces the index on seq: by its statistics MySQL may choose the index of unread messages, and sort.
  const { rows } = await sql<MessageRow & { until_seq?: number | null }>`
    select ${sql.join(messageColumns.map((column) => sql.ref(column)))} ${isGroup ? sql`, ${senderColumns}, me.until_seq` : sql``}
    from conversations as c join messages as m force index (messages_seq) on m.conversation_id = c.id
    ${isGroup ? sql`${withinMembership(caller)} ${senders}` : sql``}
    where ${sql.join(wanted, sql` and `)}
    order by m.seq ${sql.raw(isForward ? 'asc' : 'desc')}
    limit ${limit + 1}`.execute(db)
  // The one beyond the limit shows only that more follows.
  const lastSeq = rows[0]?.until_seq ?? Number.POSITIVE_INFINITY
  const items = roomFor(pageMaxBytes)(await detailed({ db }, caller, rows.slice(0, limit), () => lastSeq))
  const seq = items.at(-1)?.seq
  const hasMore = seq !== undefined && items.length < rows.length
  if (isForward) return new Page(items, hasMore ? { after_seq: seq } : undefined)
  return new Page(items.reverse(), hasMore ? { before_seq: seq } : undefined)
}

// Who speaks in a pair sees all of it: nothing is said there while the two are not friends. A group goes on without its members.
const withinMembership = (caller: number): RawBuilder<unknown> => sql`
  join members as me on me.conversation_id = c.id and me.user_id = ${caller}
    and m.seq >= me.from_seq and m.seq <= coalesce(me.until_seq, c.last_seq)`
