/** Blocks: a row in `relations` that only its owner can see. */
import type { Clients } from '../../client/clients.ts'
import { pairOf } from '../../core/address.ts'
import { Refusal } from '../../core/refusal.ts'
import { RelationType, RequestStatus } from '../../schema/tables.ts'
import type { Target } from '../../wire/friend.ts'
import { Page, type PageQuery, pageLength } from '../../wire/page.ts'
import type { Person } from '../../wire/user.ts'
import * as delivery from '../connection/delivery.ts'
import * as conversation from '../conversation/conversation.ts'
import { transact } from '../store/transaction.ts'
import * as friend from './friend.ts'
import * as friendRequest from './friend-request.ts'

/**
 * Blocks a user. Idempotent.
 *
 * It ends a friendship exactly as deleting does, hides a waiting request of the blocked user and withdraws the caller's
 * own. No request between the two is pending after that, so none can be accepted.
 *
 * @throws Refusal TARGET_IS_SELF, USER_NOT_FOUND
 */
export async function block(clients: Clients, caller: number, { target_id: target }: Target): Promise<void> {
  await conversation.open(clients, caller, target)
  const hasEndedFriendship = await transact(clients, async (tx) => {
    const locked = await conversation.lock(tx, pairOf(caller, target))
    if (!locked) throw new Error('a conversation that was opened has no row')
    const wereFriends = await friend.unfriend(tx, locked, caller, target)
    await tx
      .insertInto('relations')
      .values({
        owner_id: caller,
        target_id: target,
        conversation_id: locked.id,
        type: RelationType.blocked,
        created_at: Date.now(),
      })
      .onDuplicateKeyUpdate({ type: RelationType.blocked })
      .execute()
    await tx
      .updateTable('friend_requests')
      .set({ status: RequestStatus.unseen })
      .where('sender_id', '=', target)
      .where('receiver_id', '=', caller)
      .where('waiting', '=', 1)
      .execute()
    await friendRequest.close(tx, { sender: caller, receiver: target }, RequestStatus.refused)
    return wereFriends
  })
  if (hasEndedFriendship) await delivery.notify(clients, delivery.changeBetween('friend_removed', caller, target))
}

/**
 * Removes a block; the friendship does not come back. A request that the blocked user sent meanwhile is closed, so that
 * they can send another one.
 *
 * @throws Refusal NOT_BLOCKED
 */
export async function unblock(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  { target_id: target }: Target,
): Promise<void> {
  await transact({ db }, async (tx) => {
    await conversation.lock(tx, pairOf(caller, target))
    const lifted = await tx
      .deleteFrom('relations')
      .where('owner_id', '=', caller)
      .where('target_id', '=', target)
      .where('type', '=', RelationType.blocked)
      .executeTakeFirst()
    if (lifted.numDeletedRows === 0n) throw new Refusal('NOT_BLOCKED')
    await friendRequest.close(tx, { sender: target, receiver: caller }, RequestStatus.refused)
  })
}

/** The users whom the caller has blocked, newest first. */
export async function list(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  { cursor }: PageQuery = {},
): Promise<Page<Person>> {
  const rows = await db
    .selectFrom('relations as r')
    .innerJoin('users as u', 'u.id', 'r.target_id')
    .select(['r.id as block_id', 'u.id', 'u.username', 'u.nickname', 'u.avatar'])
    .where('r.owner_id', '=', caller)
    .where('r.type', '=', RelationType.blocked)
    .where('r.id', '<', Number(cursor ?? Number.MAX_SAFE_INTEGER))
    .orderBy('r.id', 'desc')
    .limit(pageLength)
    .execute()
  const people = rows.map(({ block_id: _place, ...person }) => person)
  return new Page(people, rows.length === pageLength ? { cursor: String(rows.at(-1)?.block_id) } : undefined)
}
