/**
 * A conversation's row: its lock orders all that happens in it.
 *
 * A pair's row is there from the first request or block between the two, because those need something to lock before there
 * is any friendship. Whether messages flow is for `members` to say, never for this row.
 */
import type { Clients } from '../../client/clients.ts'
import type { Tx } from '../../client/mysql.ts'
import { type Address, ChatType, pairOf } from '../../core/address.ts'
import { Refusal } from '../../core/refusal.ts'
import type { Conversation } from '../../schema/tables.ts'

/**
 * Makes the conversation of `caller` and `target` if it is not there. Repeating it changes nothing.
 *
 * Call it before the transaction that locks the row: two transactions that insert the same pair would each hold a
 * shared lock on it and wait for the other to let go.
 *
 * @throws Refusal TARGET_IS_SELF - `caller` is `target`.
 * @throws Refusal USER_NOT_FOUND - there is no such user.
 */
export async function open({ db }: Pick<Clients, 'db'>, caller: number, target: number): Promise<void> {
  if (caller === target) throw new Refusal('TARGET_IS_SELF')
  const { low, high } = pairOf(caller, target)
  const known = await db
    .selectFrom('users')
    .leftJoin('conversations', (join) => join.on('low_id', '=', low).on('high_id', '=', high))
    .select('conversations.id as conversation_id')
    .where('users.id', '=', target)
    .executeTakeFirst()
  if (!known) throw new Refusal('USER_NOT_FOUND')
  if (known.conversation_id !== null) return
  await db.insertInto('conversations').ignore().values({ low_id: low, high_id: high, content: '' }).execute()
}

/**
 * Locks a conversation until `tx` ends; undefined when there is none: two people have never had to do with each other, or
 * there is no such group.
 *
 * It comes first in every transaction that changes a conversation. What is read after it, without locks of its own, is what
 * the holder before has committed, and stays so.
 */
export async function lock(tx: Tx, address: Address): Promise<Conversation | undefined> {
  const conversations = tx.selectFrom('conversations').selectAll().forUpdate()
  return await (address.chatType === ChatType.group
    ? conversations.where('group_id', '=', address.group)
    : conversations.where('low_id', '=', address.low).where('high_id', '=', address.high)
  ).executeTakeFirst()
}
