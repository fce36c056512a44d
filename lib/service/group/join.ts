/** Joining a group: at once, or by a request of which at most one of a user waits. */
import { sql } from 'kysely'
import type { Clients, PushClients } from '../../client/clients.ts'
import { config } from '../../core/config.ts'
import { Refusal } from '../../core/refusal.ts'
import { timeText } from '../../core/time.ts'
import { JoinPolicy, MemberState, RequestStatus, Role } from '../../schema/tables.ts'
import { accept, type Verdict } from '../../wire/friend.ts'
import type { GroupRequest, JoinRequest } from '../../wire/group.ts'
import { Page, type PageQuery, pageLength } from '../../wire/page.ts'
import { isDuplicateKey } from '../store/transaction.ts'
import { type Asking, change, type GroupChange } from './change.ts'
import { requireNotBanned } from './membership.ts'

/**
 * Makes whoever asks a member of an open group, or asks its administrators.
 *
 * @throws Refusal GROUP_NOT_FOUND, ALREADY_MEMBER, GROUP_FULL, TOO_MANY_GROUPS
 * @throws Refusal NOT_ADMITTED - it takes nobody without an invitation, or not this one.
 * @throws Refusal REQUEST_PENDING - an earlier request still waits, or too many do.
 */
export async function join(clients: PushClients, asking: Asking, { group_id, remark }: JoinRequest): Promise<void> {
  await change(clients, asking, group_id, async (group) => {
    const { userId } = asking
    if (group.members.has(userId)) throw new Refusal('ALREADY_MEMBER')
    await requireNotBanned(group, [userId])
    const { join_policy } = group.group
    if (join_policy === JoinPolicy.invitation) throw new Refusal('NOT_ADMITTED')
    if (join_policy === JoinPolicy.open) return await group.add([userId], 'joined')
    await insertRequest(group, remark ?? '')
    group.tell(group.administrators(), 'group_request', { user_id: userId })
  })
}

async function insertRequest({ tx, group, asking }: GroupChange, remark: string): Promise<void> {
  const last = await tx
    .selectFrom('group_requests')
    .select('id')
    .where('group_id', '=', group.id)
    .where('status', '=', RequestStatus.pending)
    .orderBy('id')
    .offset(config.friendRequestsWaiting - 1)
    .limit(1)
    .executeTakeFirst()
  if (last) throw new Refusal('REQUEST_PENDING')
  try {
    await tx
      .insertInto('group_requests')
      .values({ group_id: group.id, sender_id: asking.userId, remark, created_at: Date.now() })
      .execute()
  } catch (error) {
    throw isDuplicateKey(error) ? new Refusal('REQUEST_PENDING') : error
  }
}

/**
 * Accepts or declines a request to join a group that whoever asks runs. Verdict and membership commit together, under the lock of
 * the group: a second verdict finds nothing that waits.
 *
 * @throws Refusal REQUEST_NOT_FOUND - absent, to a group that the caller does not run, or decided.
 * @throws Refusal GROUP_FULL, TOO_MANY_GROUPS - the request waits on.
 */
export async function decide(clients: PushClients, asking: Asking, { request_id, action }: Verdict): Promise<void> {
  const request = await clients.db
    .selectFrom('group_requests')
    .select(['group_id', 'sender_id'])
    .where('id', '=', request_id)
    .executeTakeFirst()
  if (!request) throw new Refusal('REQUEST_NOT_FOUND')
  await change(clients, asking, request.group_id, async (group) => {
    if (!group.administrators().includes(asking.userId)) throw new Refusal('REQUEST_NOT_FOUND')
    const decided = await group.tx
      .updateTable('group_requests')
      .set({ status: action === accept ? RequestStatus.accepted : RequestStatus.refused })
      .where('id', '=', request_id)
      .where('status', '=', RequestStatus.pending)
      .executeTakeFirst()
    if (decided.numUpdatedRows === 0n) throw new Refusal('REQUEST_NOT_FOUND')
    if (action === accept) await group.add([request.sender_id], 'approved')
  }).catch((error) => {
    throw error instanceof Refusal && error.reason === 'GROUP_NOT_FOUND' ? new Refusal('REQUEST_NOT_FOUND') : error
  })
}

/** The requests that wait in all groups that the caller runs, newest first. */
export async function pending(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  { cursor }: PageQuery = {},
): Promise<Page<GroupRequest>> {
  const requests = await db
    .selectFrom('members as m')
    .innerJoin('conversations as c', 'c.id', 'm.conversation_id')
    .innerJoin('groups as g', 'g.id', 'c.group_id')
    .innerJoin('group_requests as q', 'q.group_id', 'g.id')
    .innerJoin('users as u', 'u.id', 'q.sender_id')
    .modifyFront(sql`straight_join`)
    .select(['q.id', 'q.group_id', 'g.name as group_name', 'q.sender_id', 'u.username as sender_name', 'u.avatar'])
    .select(['q.remark', 'q.created_at'])
    .where('m.user_id', '=', caller)
    .where('m.state', '=', MemberState.active)
    .where('m.role', '<=', Role.admin)
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
