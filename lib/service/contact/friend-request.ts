/** Friend requests: at most one waits in each direction between two users. */
import { sql } from 'kysely'
import type { Clients } from '../../client/clients.ts'
import type { Tx } from '../../client/mysql.ts'
import { pairOf } from '../../core/address.ts'
import { config } from '../../core/config.ts'
import { inSteps } from '../../core/in-steps.ts'
import { Refusal } from '../../core/refusal.ts'
import { timeText } from '../../core/time.ts'
import { RelationType, RequestStatus } from '../../schema/tables.ts'
import { FrameType } from '../../wire/frame.ts'
import { accept, type FriendRequest, type PendingRequest, type Verdict } from '../../wire/friend.ts'
import { Page, type PageQuery, pageLength } from '../../wire/page.ts'
import * as delivery from '../connection/delivery.ts'
import * as conversation from '../conversation/conversation.ts'
import { isDuplicateKey, transact } from '../store/transaction.ts'
import * as friend from './friend.ts'

/** The time of an answer would tell whether the target is online, on how many devices, and whether the caller is blocked. */
const stepMs = 50

/**
 * Sends a friend request to `target`.
 *
 * A caller whom the target has blocked sees no difference: the request waits, but is never shown. The lock on the pair
 * orders the request with a concurrent acceptance or block; the unique key decides between two equal requests. So many wait
 * for one user that the next is answered as if it waited already, and not kept; a few more may slip through at one moment.
 *
 * @throws Refusal TARGET_IS_SELF, USER_NOT_FOUND
 * @throws Refusal ALREADY_FRIENDS, TARGET_BLOCKED - the relation that the caller has to the target.
 * @throws Refusal REQUEST_PENDING - an earlier request still waits, or too many do.
 */
export async function ask(clients: Clients, caller: number, request: FriendRequest): Promise<void> {
  const { target_id: target, remark } = request
  await conversation.open(clients, caller, target)
  const isShown = await transact(clients, async (tx) => {
    await conversation.lock(tx, pairOf(caller, target))
    const relations = await relationsBetween(tx, caller, target)
    const mine = relations.get(caller)
    if (mine === RelationType.friend) throw new Refusal('ALREADY_FRIENDS')
    if (mine === RelationType.blocked) throw new Refusal('TARGET_BLOCKED')
    // For the blocked as well: what they are told must not differ.
    if (await isFull(tx, target)) throw new Refusal('REQUEST_PENDING')
    const isBlocked = relations.get(target) === RelationType.blocked
    try {
      await tx
        .insertInto('friend_requests')
        .values({
          sender_id: caller,
          receiver_id: target,
          status: isBlocked ? RequestStatus.unseen : RequestStatus.pending,
          remark,
          created_at: Date.now(),
        })
        .execute()
    } catch (error) {
      throw isDuplicateKey(error) ? new Refusal('REQUEST_PENDING') : error
    }
    return !isBlocked
  })
  const frame = { type: FrameType.event, event: 'friend_request', user_id: caller } as const
  await inSteps(stepMs, async () => {
    if (isShown) await delivery.notify(clients, [{ userIds: [target], frame }])
  })
}

/** Whether as many requests wait for a user as may. */
async function isFull(tx: Tx, receiver: number): Promise<boolean> {
  const last = await tx
    .selectFrom('friend_requests')
    .select('id')
    .where('receiver_id', '=', receiver)
    .where('status', '=', RequestStatus.pending)
    .orderBy('id')
    .offset(config.friendRequestsWaiting - 1)
    .limit(1)
    .executeTakeFirst()
  return last !== undefined
}

/** The types of the relations between two users, by owner. */
async function relationsBetween(tx: Tx, one: number, other: number): Promise<Map<number, number>> {
  const rows = await tx
    .selectFrom('relations')
    .select(['owner_id', 'type'])
    .where(({ and, or }) => or([and({ owner_id: one, target_id: other }), and({ owner_id: other, target_id: one })]))
    .execute()
  return new Map(rows.map(({ owner_id, type }) => [owner_id, type]))
}

/**
 * Accepts or declines a request addressed to `caller`.
 *
 * The verdict and both directions of the friendship commit together, so no reader sees half a friendship. Accepting also
 * closes a request in the other direction. The pair is locked: a second verdict finds nothing pending, nor does one
 * after a block by either side.
 *
 * @throws Refusal REQUEST_NOT_FOUND - absent, addressed to someone else, decided, or withdrawn by a block.
 */
export async function decide(clients: Clients, caller: number, { request_id, action }: Verdict): Promise<void> {
  const status = action === accept ? RequestStatus.accepted : RequestStatus.refused
  const request = await clients.db
    .selectFrom('friend_requests')
    .select('sender_id as sender')
    .where('id', '=', request_id)
    .where('receiver_id', '=', caller)
    .executeTakeFirst()
  if (!request) throw new Refusal('REQUEST_NOT_FOUND')

  await transact(clients, async (tx) => {
    const locked = await conversation.lock(tx, pairOf(request.sender, caller))
    const decided = await tx
      .updateTable('friend_requests')
      .set({ status })
      .where('id', '=', request_id)
      .where('status', '=', RequestStatus.pending)
      .executeTakeFirst()
    if (!locked || decided.numUpdatedRows === 0n) throw new Refusal('REQUEST_NOT_FOUND')
    if (action !== accept) return

    await close(tx, { sender: caller, receiver: request.sender }, RequestStatus.accepted)
    await friend.befriend(tx, caller, request.sender, locked)
  })
  if (action !== accept) return
  await delivery.notify(clients, delivery.changeBetween('friend_accepted', caller, request.sender))
}

/** Closes the waiting request of one direction, if any, pending or unseen. The pair must be locked. */
export async function close(
  tx: Tx,
  { sender, receiver }: { sender: number; receiver: number },
  status: typeof RequestStatus.accepted | typeof RequestStatus.refused,
): Promise<void> {
  await tx
    .updateTable('friend_requests')
    .set({ status })
    .where('sender_id', '=', sender)
    .where('receiver_id', '=', receiver)
    .where('waiting', '=', 1)
    .execute()
}

/** The requests that wait for the caller's verdict, newest first. */
export async function pending(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  { cursor }: PageQuery = {},
): Promise<Page<PendingRequest>> {
  const requests = await db
    .selectFrom('friend_requests as q')
    .innerJoin('users as u', 'u.id', 'q.sender_id')
    // Forces the join order: the requests first, in the order of their index, whatever the statistics say.
    .modifyFront(sql`straight_join`)
    .select(['q.id', 'q.sender_id', 'q.remark', 'q.created_at', 'u.username as sender_name', 'u.avatar'])
    .where('q.receiver_id', '=', caller)
    .where('q.status', '=', RequestStatus.pending)
    .where('q.id', '<', Number(cursor ?? Number.MAX_SAFE_INTEGER))
    .orderBy('q.id', 'desc')
    .limit(pageLength)
    .execute()
  const page = requests.map((request) => ({
    ...request,
    status: RequestStatus.pending,
    created_at: timeText(request.created_at),
  }))
  return new Page(page, requests.length === pageLength ? { cursor: String(requests.at(-1)?.id) } : undefined)
}
