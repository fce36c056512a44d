/**
 * A conversation's row. Its lock orders every change of the conversation.
 *
 * The row of a pair is inserted at the first request or block between the two, because those need a lock before there is a
 * friendship. The row alone allows no messages; `members` decides that.
 */
import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Clients } from '../../client/clients.ts'
import type { Tx } from '../../client/mysql.ts'
import { type Address, ChatType, pairOf } from '../../core/address.ts'
import { Refusal } from '../../core/refusal.ts'
import type { Conversation } from '../../schema/tables.ts'
import { isAmong } from '../store/in-list.ts'

/**
 * Inserts the conversation of `caller` and `target` if it is missing. Idempotent.
 *
 * Call it before the transaction that locks the row: two transactions that insert the same pair would each hold a shared
 * lock on it, and deadlock.
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
    .where('users.deleted_at', 'is', null)
    .executeTakeFirst()
  if (!known) throw new Refusal('USER_NOT_FOUND')
  if (known.conversation_id !== null) return
  await db.insertInto('conversations').ignore().values({ low_id: low, high_id: high, content: '' }).execute()
}

/**
 * Locks a conversation until `tx` ends. Returns undefined when there is none: the users have never sent a request or
 * blocked each other, or there is no such group.
 *
 * Call it first in every transaction that changes a conversation. Plain reads after it see what the previous holder has
 * committed, and no one changes that until `tx` ends.
 */
export async function lock(tx: Tx, address: Address): Promise<Conversation | undefined> {
  return await tx.selectFrom('conversations as c').selectAll().where(isAt(address)).forUpdate().executeTakeFirst()
}

/** The condition that a conversation `c` has the address. */
export const isAt = (address: Address): RawBuilder<SqlBool> =>
  address.chatType === ChatType.group
    ? sql`c.group_id = ${address.group}`
    : sql`c.low_id = ${address.low} and c.high_id = ${address.high}`

/**
 * The conditions that a conversation `c` has one of the addresses, by the unique key of pairs and by that of groups; none for a
 * kind that no address has.
 */
export function among(addresses: readonly Address[]): { pairs: RawBuilder<boolean>[]; groups: RawBuilder<boolean>[] } {
  const pairs = addresses.flatMap((address) =>
    address.chatType === ChatType.direct ? sql`(${address.low}, ${address.high})` : [],
  )
  const groups = addresses.flatMap((address) => (address.chatType === ChatType.group ? sql`${address.group}` : []))
  return {
    pairs: pairs.length === 0 ? [] : [isAmong(sql`(c.low_id, c.high_id)`, pairs)],
    groups: groups.length === 0 ? [] : [isAmong(sql`c.group_id`, groups)],
  }
}

/** The columns of a conversation's address. */
export type AddressRow = Pick<Conversation, 'low_id' | 'high_id' | 'group_id'>

/** The address in a conversation's row. */
export const addressIn = ({ low_id, high_id, group_id }: AddressRow): Address =>
  group_id === null ? pairOf(low_id ?? 0, high_id ?? 0) : { chatType: ChatType.group, group: group_id }
