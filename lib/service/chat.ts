/** Stored messages, as both sides of a conversation read them. */
import type { Db } from '../client/mysql.ts'
import { pairOf } from '../core/conversation.ts'
import type { HistoryQuery, StoredMessage } from '../wire/chat.ts'

const historyLength = 100

/** What a stored message shows of its row: the columns of `StoredMessage`. */
const shown = [
  'm.id',
  'm.seq',
  'm.from_user_id',
  'm.to_user_id',
  'm.content',
  'm.type',
  'm.media',
  'm.created_at',
] as const

/** The latest 100 messages between the caller and another user, oldest first; none when they have never spoken. */
export async function history(
  { db }: { db: Db },
  caller: number,
  { target_id }: HistoryQuery,
): Promise<StoredMessage[]> {
  const { low, high } = pairOf(caller, target_id)
  const latest = await db
    .selectFrom('conversations as c')
    .innerJoin('messages as m', 'm.conversation_id', 'c.id')
    .select(shown)
    .where('c.low_id', '=', low)
    .where('c.high_id', '=', high)
    .orderBy('m.seq', 'desc')
    .limit(historyLength)
    .execute()
  return latest.reverse()
}
