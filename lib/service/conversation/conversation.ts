/**
 * The pair's row in `conversations`: its lock orders all that happens between two people.
 *
 * It is there from the first request or block between them, because those need something to lock before there is any
 * friendship. Whether messages flow is for `relations` to say, never for this row.
 */
import type { Db, Tx } from '../../client/mysql.ts'
import { pairOf } from '../../core/conversation.ts'
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
export async function open(db: Db, caller: number, target: number): Promise<void> {
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
 * Locks the conversation of two users until `tx` ends; undefined when they have never had to do with each other.
 *
 * It comes first in every transaction that changes a pair. What is read after it, without locks of its own, is what the
 * holder before has committed, and stays so.
 */
export async function lock(tx: Tx, one: number, other: number): Promise<Conversation | undefined> {
  const { low, high } = pairOf(one, other)
  return await tx
    .selectFrom('conversations')
    .selectAll()
    .where('low_id', '=', low)
    .where('high_id', '=', high)
    .forUpdate()
    .executeTakeFirst()
}
