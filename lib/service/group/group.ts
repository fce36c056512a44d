/** Groups: what they are called and how they are found. Who belongs to one is in membership.ts. */
import { sql } from 'kysely'
import type { Clients, PushClients } from '../../client/clients.ts'
import type { Db, Tx } from '../../client/mysql.ts'
import { ChatType } from '../../core/address.ts'
import { previewLength } from '../../core/preview.ts'
import { Refusal } from '../../core/refusal.ts'
import { type Conversation, type Group, MemberState, RequestStatus, Role } from '../../schema/tables.ts'
import type {
  CodeQuery,
  GroupInfo,
  GroupQuery,
  GroupSettings,
  GroupTarget,
  GroupUpdate,
  MyGroup,
  NewGroup,
} from '../../wire/group.ts'
import { Page, type PageQuery, pageLength } from '../../wire/page.ts'
import * as slice from '../connection/slice.ts'
import * as conversation from '../conversation/conversation.ts'
import * as member from '../conversation/member.ts'
import { isDuplicateKey, transact } from '../store/transaction.ts'
import { type Asking, change, GroupChange } from './change.ts'
import { newCode } from './code.ts'
import * as mention from './mention.ts'

const codeAttempts = 5

/**
 * Creates a group whose owner is whoever asks. With a `client_group_id` that was used before it returns the group of then, as it is
 * now.
 *
 * @throws Refusal TOO_MANY_GROUPS
 */
export async function create(clients: PushClients, asking: Asking, wanted: NewGroup): Promise<GroupInfo> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { info, pushes } = await transact(clients, (tx) => insert(tx, asking, wanted))
      await slice.notify(clients, pushes)
      return info
    } catch (error) {
      if (!isDuplicateKey(error)) throw error
      const known = await createdBefore(clients, asking, wanted)
      if (known) return known
      // The code is another group's.
      if (attempt === codeAttempts) throw error
    }
  }
}

async function insert(tx: Tx, asking: Asking, { name, desc = '', icon = '', client_group_id }: NewGroup) {
  const { userId } = asking
  const row = {
    code: newCode(),
    name,
    desc,
    icon,
    owner_id: userId,
    creator_id: userId,
    client_group_id: client_group_id === undefined ? null : Buffer.from(client_group_id),
    created_at: Date.now(),
  }
  const { insertId } = await tx.insertInto('groups').values(row).executeTakeFirstOrThrow()
  const id = Number(insertId)
  await tx.insertInto('conversations').values({ kind: ChatType.group, group_id: id, content: '' }).execute()
  const group = await tx.selectFrom('groups').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const locked = (await conversation.lock(tx, { chatType: ChatType.group, group: id })) as Conversation
  const begun = new GroupChange(tx, asking, group, locked, [])
  await begun.add([userId], 'created', Role.owner)
  return { info: infoOf(begun.group), pushes: begun.pushes }
}

async function createdBefore({ db }: Pick<Clients, 'db'>, { userId }: Asking, { client_group_id }: NewGroup) {
  if (client_group_id === undefined) return undefined
  const group = await db
    .selectFrom('groups')
    .selectAll()
    .where('creator_id', '=', userId)
    .where('client_group_id', '=', Buffer.from(client_group_id))
    .executeTakeFirst()
  return group && infoOf(group)
}

const infoOf = (group: Group): GroupInfo => ({
  id: group.id,
  code: group.code,
  name: group.name,
  icon: group.icon,
  desc: group.desc,
  owner_id: group.owner_id,
  member_count: group.member_count,
  join_policy: group.join_policy as GroupInfo['join_policy'],
  history_policy: group.history_policy as GroupInfo['history_policy'],
  muted: group.muted === 1,
  created_at: group.created_at,
})

/**
 * What a group says of itself to its members.
 *
 * @throws Refusal GROUP_NOT_FOUND, NOT_MEMBER
 */
export async function info({ db }: Pick<Clients, 'db'>, caller: number, { group_id }: GroupQuery): Promise<GroupInfo> {
  const group = await db
    .selectFrom('groups as g')
    .innerJoin('conversations as c', 'c.group_id', 'g.id')
    .leftJoin('members as m', (join) => join.onRef('m.conversation_id', '=', 'c.id').on('m.user_id', '=', caller))
    .selectAll('g')
    .select('m.state')
    .where('g.id', '=', group_id)
    .where('g.dissolved_at', 'is', null)
    .executeTakeFirst()
  if (!group) throw new Refusal('GROUP_NOT_FOUND')
  if (group.state !== MemberState.active) throw new Refusal('NOT_MEMBER')
  return infoOf(group)
}

/** The id of the conversation of a group that the caller belongs to. @throws Refusal NOT_MEMBER */
export async function requireMember(db: Db, caller: number, groupId: number): Promise<number> {
  const found = await db
    .selectFrom('conversations as c')
    .innerJoin('members as m', 'm.conversation_id', 'c.id')
    .select('c.id')
    .where('c.group_id', '=', groupId)
    .where('m.user_id', '=', caller)
    .where('m.state', '=', MemberState.active)
    .executeTakeFirst()
  if (!found) throw new Refusal('NOT_MEMBER')
  return found.id
}

/**
 * Finds a group by its code, for whoever may want to join it.
 *
 * @throws Refusal GROUP_NOT_FOUND
 */
export async function search({ db }: Pick<Clients, 'db'>, { group_code }: CodeQuery): Promise<GroupInfo> {
  const group = await db
    .selectFrom('groups')
    .selectAll()
    .where('code', '=', group_code)
    .where('dissolved_at', 'is', null)
    .executeTakeFirst()
  if (!group) throw new Refusal('GROUP_NOT_FOUND')
  return infoOf(group)
}

/** The groups that the caller belongs to, the last spoken in first. Two statements for any number. */
export async function list(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  { cursor }: PageQuery = {},
): Promise<Page<MyGroup>> {
  const groups = (await groupsOf(db, caller)).sort(byLastMessage)
  const [last_message_time = Infinity, id = 0] = cursor?.split('-').map(Number) ?? []
  const following = groups.filter((group) => byLastMessage(group, { last_message_time, id }) > 0)
  const page = following.slice(0, pageLength)
  const mentions = await mention.countsIn(db, caller, page)
  const items = page.map(({ conversation_id, ...group }) => ({
    ...group,
    mention_count: mentions.get(conversation_id) ?? 0,
  }))
  const last = following.length > page.length ? page.at(-1) : undefined
  return new Page(items, last && { cursor: `${last.last_message_time}-${last.id}` })
}

type Listed = Omit<MyGroup, 'mention_count'> & mention.Marked

type ListPlace = Pick<MyGroup, 'id' | 'last_message_time'>

const byLastMessage = (one: ListPlace, other: ListPlace): number =>
  other.last_message_time - one.last_message_time || one.id - other.id

// Forces the join order: start with the caller's rows.
async function groupsOf(db: Db, caller: number): Promise<Listed[]> {
  const rows = await db
    .selectFrom('members as m')
    .innerJoin('conversations as c', 'c.id', 'm.conversation_id')
    .innerJoin('groups as g', 'g.id', 'c.group_id')
    .modifyFront(sql`straight_join`)
    .select([
      'c.id as conversation_id',
      'g.id',
      'g.code',
      'g.name',
      'g.icon',
      'g.owner_id',
      'g.member_count',
      'm.role',
      'm.notify',
    ])
    .select(member.unreadCount().as('unread_count'))
    .select(['c.last_message_time', 'c.last_seq', 'm.read_seq'])
    .select(({ fn, val }) => fn<string>('left', ['c.content', val(previewLength)]).as('content'))
    .where('m.user_id', '=', caller)
    .where('m.state', '=', MemberState.active)
    .where('c.kind', '=', ChatType.group)
    .execute()
  return rows as Listed[]
}

/**
 * Changes what a group says of itself. What is unchanged is passed over, since GoChat's client sends all of it.
 *
 * @throws Refusal GROUP_NOT_FOUND, NOT_MEMBER, ROLE_TOO_LOW
 */
export async function update(
  clients: PushClients,
  asking: Asking,
  { group_id, name, desc, icon }: GroupUpdate,
): Promise<void> {
  await change(clients, asking, group_id, async (group) => {
    group.requireRole(Role.admin)
    const before = group.group
    await group.set({
      name: name ?? before.name,
      desc: desc ?? before.desc,
      icon: icon ?? before.icon,
    })
    if (group.group.name !== before.name) await group.say('renamed')
    else if (group.group.desc !== before.desc || group.group.icon !== before.icon) group.tellChanged()
  })
}

/**
 * Changes how one becomes a member, and what those see who join from now on.
 *
 * @throws Refusal GROUP_NOT_FOUND, NOT_MEMBER, ROLE_TOO_LOW
 */
export async function settle(
  clients: PushClients,
  asking: Asking,
  { group_id, join_policy, history_policy }: GroupSettings,
): Promise<void> {
  await change(clients, asking, group_id, async (group) => {
    group.requireRole(Role.admin)
    const before = group.group
    await group.set({
      join_policy: join_policy ?? before.join_policy,
      history_policy: history_policy ?? before.history_policy,
    })
    group.tellChanged()
  })
}

/**
 * Ends a group: nobody belongs to it any more, and what was said stays readable for those who did.
 *
 * @throws Refusal GROUP_NOT_FOUND, NOT_MEMBER, ROLE_TOO_LOW - only its owner may.
 */
export async function dissolve(clients: PushClients, asking: Asking, { group_id }: GroupTarget): Promise<void> {
  await change(clients, asking, group_id, async (group) => {
    group.requireRole(Role.owner)
    await end(group)
  })
}

/** Ends a group whose members are those of the change. */
export async function end(group: GroupChange): Promise<void> {
  const all = [...group.members.keys()]
  await group.say('dissolved')
  await member.deactivate(group.tx, group.conversation, all)
  await group.tx
    .updateTable('group_requests')
    .set({ status: RequestStatus.refused })
    .where('group_id', '=', group.group.id)
    .where('waiting', '=', 1)
    .execute()
  await group.set({ dissolved_at: Date.now(), member_count: 0 })
  group.members.clear()
  group.tell(all, 'group_removed')
}
