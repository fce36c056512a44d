/** The history of a conversation, as its members read it. */
import type { Db } from '../../client/mysql.ts'
import { addressOf, ChatType } from '../../core/address.ts'
import type { HistoryQuery, StoredMessage } from '../../wire/chat.ts'
import { Page } from '../../wire/page.ts'
import { pageMaxBytes, roomFor, shown } from './page.ts'

/**
 * A page of what the caller may see of a conversation, oldest first; none where the caller has never belonged to it. It ends
 * where `limit` or the bytes of one answer do; the next page goes on in the same direction.
 */
export async function history(
  { db }: { db: Db },
  caller: number,
  { target_id, chat_type, before_seq, after_seq, limit }: HistoryQuery,
): Promise<Page<StoredMessage>> {
  const address = addressOf(chat_type, caller, target_id)
  const messages = db
    .selectFrom('conversations as c')
    .innerJoin('members as me', (join) => join.onRef('me.conversation_id', '=', 'c.id').on('me.user_id', '=', caller))
    .innerJoin('messages as m', 'm.conversation_id', 'c.id')
    .select(shown)
    .select(['me.from_seq', (eb) => eb.fn.coalesce('me.until_seq', 'c.last_seq').as('last_seq')])
    .where((eb) =>
      address.chatType === ChatType.group
        ? eb('c.group_id', '=', address.group)
        : eb.and({ 'c.low_id': address.low, 'c.high_id': address.high }),
    )
    .whereRef('m.seq', '>=', 'me.from_seq')
    .where('m.seq', '<=', (eb) => eb.fn.coalesce('me.until_seq', 'c.last_seq'))
    .limit(limit)
  const isForward = after_seq !== undefined
  const wanted = isForward
    ? messages.where('m.seq', '>', after_seq).orderBy('m.seq')
    : messages.where('m.seq', '<', before_seq ?? Number.MAX_SAFE_INTEGER).orderBy('m.seq', 'desc')
  const rows = roomFor(pageMaxBytes)(await wanted.execute())
  const items = rows.map(({ from_seq: _from, last_seq: _end, ...message }) => message)
  const last = rows.at(-1)
  if (isForward) return new Page(items, last && last.seq < last.last_seq ? { after_seq: last.seq } : undefined)
  return new Page(items.reverse(), last && last.seq > last.from_seq ? { before_seq: last.seq } : undefined)
}
