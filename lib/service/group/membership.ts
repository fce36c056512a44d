/** Who belongs to a group, and who may do what in it. */
import { sql } from 'kysely'
import type { Clients, PushClients } from '../../client/clients.ts'
import { Refusal } from '../../core/refusal.ts'
import { timeText } from '../../core/time.ts'
import { forGood, JoinPolicy, MemberState, RelationType, RequestStatus, Role } from '../../schema/tables.ts'
import type {
  Ban,
  GroupMember,
  GroupTarget,
  Invitation,
  MembersQuery,
  MemberTarget,
  MemberUpdate,
  Mute,
  Notify,
} from '../../wire/group.ts'
import { Page } from '../../wire/page.ts'
import { type Asking, change, type GroupChange } from './change.ts'
import * as group from './group.ts'

// GoChat's client looks for itself on the first page, so one holds all members of most groups. An entry has less than 2 KB of JSON.
const membersAPage = 2_000

/**
 * The members of a group: its owner, its administrators, then the others.
 *
 * @throws Refusal NOT_MEMBER
 */
export async function members(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  { group_id, cursor }: MembersQuery,
): Promise<Page<GroupMember>> {
  const conversationId = await group.requireMember(db, caller, group_id)
  const [role = 0, userId = 0] = cursor?.split('-').map(Number) ?? []
  const rows = await db
    .selectFrom('members as m')
    .innerJoin('users as u', 'u.id', 'm.user_id')
    .modifyFront(sql`straight_join`)
    .select(['m.user_id', 'u.username', 'u.avatar', 'm.role', 'm.mute_until', 'm.joined_at'])
    .select(sql<string>`coalesce(nullif(m.nickname, ''), u.nickname)`.as('nickname'))
    .where('m.conversation_id', '=', conversationId)
    .where('m.state', '=', MemberState.active)
    .where(({ or, and, eb }) =>
      or([eb('m.role', '>', role), and([eb('m.role', '=', role), eb('m.user_id', '>', userId)])]),
    )
    .orderBy('m.role')
    .orderBy('m.user_id')
    .limit(membersAPage)
    .execute()
  const now = Date.now()
  const page = rows.map(({ role, mute_until, joined_at, ...known }) => ({
    ...known,
    role: role as GroupMember['role'],
    mute: mute_until > now ? 1 : 0,
    mute_until,
    join_time: timeText(joined_at),
    joined_at,
  }))
  const last = rows.length === membersAPage ? rows.at(-1) : undefined
  return new Page(page, last && { group_id, cursor: `${last.role}-${last.user_id}` })
}

/**
 * Makes friends of whoever asks members. Who is one already is passed over.
 *
 * @throws Refusal GROUP_NOT_FOUND, NOT_MEMBER, GROUP_FULL, TOO_MANY_GROUPS
 * @throws Refusal ROLE_TOO_LOW - where members need approval, only administrators invite.
 * @throws Refusal NOT_FRIENDS - with one of them; nobody is added then.
 * @throws Refusal NOT_ADMITTED - one of them is banned; nobody is added then.
 */
export async function invite(clients: PushClients, asking: Asking, { group_id, user_ids }: Invitation): Promise<void> {
  await change(clients, asking, group_id, async (group) => {
    const isOpen = group.group.join_policy === JoinPolicy.open
    if (isOpen) group.memberOf(asking.userId)
    else group.requireRole(Role.admin)
    const added = [...new Set(user_ids)].filter((id) => !group.members.has(id))
    if (added.length === 0) return
    await requireFriends(group, added)
    await requireNotBanned(group, added)
    await group.add(added, 'added')
  })
}

async function requireFriends({ tx, asking }: GroupChange, userIds: readonly number[]): Promise<void> {
  const friends = await tx
    .selectFrom('relations')
    .select('target_id')
    .where('owner_id', '=', asking.userId)
    .where('target_id', 'in', [...userIds])
    .where('type', '=', RelationType.friend)
    .execute()
  if (friends.length < userIds.length) throw new Refusal('NOT_FRIENDS')
}

/** @throws Refusal NOT_ADMITTED - one of them is banned. */
export async function requireNotBanned({ tx, conversation }: GroupChange, userIds: readonly number[]): Promise<void> {
  const banned = await tx
    .selectFrom('members')
    .select('user_id')
    .where('conversation_id', '=', conversation.id)
    .where('user_id', 'in', [...userIds])
    .where('state', '=', MemberState.banned)
    .limit(1)
    .executeTakeFirst()
  if (banned) throw new Refusal('NOT_ADMITTED')
}

/**
 * Ends the membership of somebody who stands below whoever asks.
 *
 * @throws Refusal GROUP_NOT_FOUND, NOT_MEMBER, ROLE_TOO_LOW
 */
export async function kick(clients: PushClients, asking: Asking, { group_id, user_id }: MemberTarget): Promise<void> {
  await change(clients, asking, group_id, async (group) => {
    group.memberOf(asking.userId)
    group.requireAbove(group.memberOf(user_id))
    await group.remove([user_id], 'removed')
  })
}

/**
 * Ends the membership of whoever asks. An owner is followed by the administrator of longest standing, else by such a member; with the
 * last member the group ends.
 *
 * @throws Refusal GROUP_NOT_FOUND, NOT_MEMBER
 */
export async function quit(clients: PushClients, asking: Asking, { group_id }: GroupTarget): Promise<void> {
  await change(clients, asking, group_id, async (changed) => {
    const { user_id, role } = changed.memberOf(asking.userId)
    if (changed.members.size === 1) return await group.end(changed)
    await changed.remove([user_id], 'left')
    if (role !== Role.owner) return
    const [first] = [...changed.members.values()].sort((one, other) => one.role - other.role)
    if (first) await makeOwner(changed, first.user_id)
  })
}

async function makeOwner(group: GroupChange, userId: number): Promise<void> {
  await group.setMember(userId, { role: Role.owner, mute_until: 0 })
  await group.set({ owner_id: userId })
  await group.say('owner', [userId])
}

/**
 * Makes another member the owner; the owner of before is an administrator then.
 *
 * @throws Refusal GROUP_NOT_FOUND, NOT_MEMBER, ROLE_TOO_LOW - only the owner may.
 * @throws Refusal TARGET_IS_SELF
 */
export async function transfer(
  clients: PushClients,
  asking: Asking,
  { group_id, user_id }: MemberTarget,
): Promise<void> {
  await change(clients, asking, group_id, async (group) => {
    group.requireRole(Role.owner)
    if (user_id === asking.userId) throw new Refusal('TARGET_IS_SELF')
    group.memberOf(user_id)
    await group.setMember(asking.userId, { role: Role.admin })
    await makeOwner(group, user_id)
  })
}

/**
 * Changes what the group calls a member, or whether a member is an administrator. What is unchanged is passed over, since GoChat's
 * client sends both.
 *
 * @throws Refusal GROUP_NOT_FOUND, NOT_MEMBER
 * @throws Refusal ROLE_TOO_LOW - others are named by those above them, and roles are given by the owner; ownership is transferred.
 */
export async function update(
  clients: PushClients,
  asking: Asking,
  { group_id, target_id, new_nickname, new_role }: MemberUpdate,
): Promise<void> {
  await change(clients, asking, group_id, async (group) => {
    group.memberOf(asking.userId)
    const target = group.memberOf(target_id)
    if (new_nickname !== undefined) await rename(group, target_id, new_nickname)
    if (new_role === undefined || new_role === target.role) return
    group.requireRole(Role.owner)
    group.requireAbove(target)
    if (new_role === Role.owner) throw new Refusal('ROLE_TOO_LOW')
    await group.setMember(target_id, { role: new_role })
    await group.say(new_role === Role.admin ? 'administrator' : 'member', [target_id])
  })
}

async function rename(group: GroupChange, userId: number, nickname: string): Promise<void> {
  const { own, nickname: usual } = await group.tx
    .selectFrom('members as m')
    .innerJoin('users as u', 'u.id', 'm.user_id')
    .select(['m.nickname as own', 'u.nickname'])
    .where('m.conversation_id', '=', group.conversation.id)
    .where('m.user_id', '=', userId)
    .executeTakeFirstOrThrow()
  if (nickname === own || nickname === (own || usual)) return
  if (userId !== group.asking.userId) group.requireAbove(group.memberOf(userId))
  await group.setMember(userId, { nickname })
  group.tellChanged()
}

/**
 * Takes the word from a member below whoever asks, or from all but the owner and the administrators, or gives it back.
 *
 * @throws Refusal GROUP_NOT_FOUND, NOT_MEMBER, ROLE_TOO_LOW
 */
export async function mute(
  clients: PushClients,
  asking: Asking,
  { group_id, user_id, muted, seconds }: Mute,
): Promise<void> {
  await change(clients, asking, group_id, async (group) => {
    if (user_id === undefined) {
      group.requireRole(Role.admin)
      if ((group.group.muted === 1) === muted) return
      await group.set({ muted: muted ? 1 : 0 })
      return await group.say(muted ? 'allMuted' : 'allUnmuted')
    }
    group.memberOf(asking.userId)
    group.requireAbove(group.memberOf(user_id))
    const until = seconds === undefined ? forGood : Date.now() + seconds * 1_000
    await group.setMember(user_id, { mute_until: muted ? until : 0 })
    await group.say(muted ? 'muted' : 'unmuted', [user_id])
  })
}

/**
 * Keeps somebody out, who is removed if that is a member; or lifts it, which makes nobody a member. Idempotent.
 *
 * @throws Refusal GROUP_NOT_FOUND, NOT_MEMBER, ROLE_TOO_LOW
 * @throws Refusal USER_NOT_FOUND - there is no such user.
 */
export async function ban(clients: PushClients, asking: Asking, { group_id, user_id, banned }: Ban): Promise<void> {
  await change(clients, asking, group_id, async (group) => {
    group.requireRole(Role.admin)
    const target = group.members.get(user_id)
    if (target) {
      group.requireAbove(target)
      if (banned) await group.remove([user_id], 'removed', MemberState.banned)
      return
    }
    if (banned) await keepOut(group, user_id)
    else await letIn(group, user_id)
  })
}

// Who was never a member may see nothing of it.
async function keepOut({ tx, conversation, group }: GroupChange, userId: number): Promise<void> {
  const user = await tx.selectFrom('users').select('id').where('id', '=', userId).executeTakeFirst()
  if (!user) throw new Refusal('USER_NOT_FOUND')
  await tx
    .insertInto('members')
    .values({
      conversation_id: conversation.id,
      user_id: userId,
      state: MemberState.banned,
      from_seq: 1,
      until_seq: 0,
      joined_at: Date.now(),
    })
    .onDuplicateKeyUpdate({ state: MemberState.banned })
    .execute()
  await tx
    .updateTable('group_requests')
    .set({ status: RequestStatus.refused })
    .where('group_id', '=', group.id)
    .where('sender_id', '=', userId)
    .where('waiting', '=', 1)
    .execute()
}

async function letIn({ tx, conversation }: GroupChange, userId: number): Promise<void> {
  await tx
    .updateTable('members')
    .set({ state: MemberState.left })
    .where('conversation_id', '=', conversation.id)
    .where('user_id', '=', userId)
    .where('state', '=', MemberState.banned)
    .execute()
}

/**
 * Sets of which messages whoever asks wants to be told; it changes nothing for others.
 *
 * @throws Refusal NOT_MEMBER
 */
export async function notifyOf(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  { group_id, level }: Notify,
): Promise<void> {
  const conversationId = await group.requireMember(db, caller, group_id)
  await db
    .updateTable('members')
    .set({ notify: level })
    .where('conversation_id', '=', conversationId)
    .where('user_id', '=', caller)
    .execute()
}
