/**
 * A change of a group: one transaction under the lock of its conversation.
 *
 * Who belongs to it and who may do what changes with a notice, a message of its own; `from_seq` and `until_seq` name it. So each
 * message is before the change and seen by all who were members then, or after it.
 */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { PushClients } from '../../client/clients.ts'
import type { Tx } from '../../client/mysql.ts'
import { ChatType, keyOf } from '../../core/address.ts'
import { config } from '../../core/config.ts'
import { previewOf } from '../../core/preview.ts'
import { type Language, Refusal } from '../../core/refusal.ts'
import {
  type Conversation,
  type Group,
  HistoryPolicy,
  MemberState,
  RequestStatus,
  Role,
  textMedia,
} from '../../schema/tables.ts'
import { FrameType } from '../../wire/frame.ts'
import type { GroupFrame, ServerFrame } from '../../wire/server-frame.ts'
import * as slice from '../connection/slice.ts'
import * as conversation from '../conversation/conversation.ts'
import * as member from '../conversation/member.ts'
import { messageFrame } from '../conversation/message-frame.ts'
import { transact } from '../store/transaction.ts'
import { type NoticeKind, noticeText } from './notice.ts'

/** Who asks for it; the texts of notices are in that person's language. */
export interface Asking {
  userId: number
  language: Language
}

interface GroupMember {
  user_id: number
  role: number
}

// A notice is never sent again.
const noBody = Buffer.alloc(32)

/** The group as it was locked, and as the steps of the change leave it. */
export class GroupChange {
  readonly tx: Tx
  readonly asking: Asking
  group: Group
  conversation: Conversation
  /** Active ones, by user id. */
  readonly members: Map<number, GroupMember>
  readonly pushes: slice.KeyedPush[] = []

  constructor(tx: Tx, asking: Asking, group: Group, locked: Conversation, members: readonly GroupMember[]) {
    this.tx = tx
    this.asking = asking
    this.group = group
    this.conversation = locked
    this.members = new Map(members.map((one) => [one.user_id, one]))
  }

  /** @throws Refusal NOT_MEMBER */
  memberOf(userId: number): GroupMember {
    const found = this.members.get(userId)
    if (!found) throw new Refusal('NOT_MEMBER')
    return found
  }

  /** @throws Refusal NOT_MEMBER, ROLE_TOO_LOW - whoever asks is neither the owner nor, unless only that counts, an administrator. */
  requireRole(role: typeof Role.owner | typeof Role.admin): void {
    if (this.memberOf(this.asking.userId).role > role) throw new Refusal('ROLE_TOO_LOW')
  }

  /**
   * The owner is above administrators, and these are above members.
   *
   * @throws Refusal NOT_MEMBER, ROLE_TOO_LOW - whoever asks is not above the target.
   */
  requireAbove(target: GroupMember): void {
    const { role } = this.memberOf(this.asking.userId)
    if (role >= Role.member || role >= target.role) throw new Refusal('ROLE_TOO_LOW')
  }

  /** The owner and the administrators. */
  administrators(): number[] {
    return [...this.members.values()].filter(({ role }) => role <= Role.admin).map(({ user_id }) => user_id)
  }

  /** Writes a notice, which all members and those whom it names get. */
  async say(kind: NoticeKind, who: readonly number[] = []): Promise<void> {
    const { tx, group, asking } = this
    const names = await this.#namesOf([asking.userId, ...who])
    const nameOf = (id: number): string => names.get(id) || `#${id}`
    const named = { by: nameOf(asking.userId), who: who.map(nameOf), name: group.name }
    const content = noticeText(kind, named, asking.language)
    const { id: conversationId, last_seq, notice_count, last_message_time } = this.conversation
    const seq = last_seq + 1
    const createdAt = Math.max(Date.now(), last_message_time)
    const { insertId } = await tx
      .insertInto('messages')
      .values({
        conversation_id: conversationId,
        seq,
        notice_count: notice_count + 1,
        from_user_id: 0,
        to_user_id: group.id,
        content,
        type: ChatType.group,
        media: textMedia,
        created_at: createdAt,
        record_id: Buffer.from(`notice:${randomUUID()}`),
        client_msg_id: null,
        body_hash: noBody,
      })
      .executeTakeFirstOrThrow()
    const id = Number(insertId)
    const ends = {
      last_seq: seq,
      notice_count: notice_count + 1,
      last_message_id: id,
      last_message_time: createdAt,
      content: previewOf(content),
    }
    await tx.updateTable('conversations').set(ends).where('id', '=', conversationId).execute()
    this.conversation = { ...this.conversation, ...ends }
    const stored = {
      chatType: ChatType.group,
      id,
      seq,
      fromId: 0,
      targetId: group.id,
      content,
      media: textMedia,
      createdAt,
    }
    const frame = messageFrame(stored, { nickname: group.name, avatar: group.icon })
    this.#push([...new Set([...this.members.keys(), ...who])], frame)
  }

  /**
   * Makes users members who are none, with a notice. They see what is said from it on, or all, as the group has it. Who comes back is
   * called as before, and muted as before.
   *
   * @throws Refusal GROUP_FULL, TOO_MANY_GROUPS
   */
  async add(userIds: readonly number[], kind: NoticeKind, role: number = Role.member): Promise<void> {
    const { tx, group, conversation } = this
    if (this.members.size + userIds.length > config.groupMembers) throw new Refusal('GROUP_FULL')
    await refuseIfInTooMany(tx, userIds)
    await this.say(kind, userIds)
    const from_seq = group.history_policy === HistoryPolicy.all ? 1 : conversation.last_seq + 1
    await member.activate(tx, this.conversation, userIds, { from_seq, role })
    for (const user_id of userIds) this.members.set(user_id, { user_id, role })
    await tx
      .updateTable('group_requests')
      .set({ status: RequestStatus.accepted })
      .where('group_id', '=', group.id)
      .where('sender_id', 'in', [...userIds])
      .where('waiting', '=', 1)
      .execute()
    await this.set({ member_count: this.members.size })
    this.tell(userIds, 'group_joined')
  }

  /** Ends memberships, with a notice that is the last that they see. */
  async remove(
    userIds: readonly number[],
    kind: NoticeKind,
    state: typeof MemberState.left | typeof MemberState.banned = MemberState.left,
  ): Promise<void> {
    await this.say(kind, userIds)
    await member.deactivate(this.tx, this.conversation, userIds, state)
    for (const userId of userIds) this.members.delete(userId)
    await this.set({ member_count: this.members.size })
    this.tell(userIds, 'group_removed')
  }

  /** Changes the group's row. */
  async set(values: Partial<Omit<Group, 'id'>>): Promise<void> {
    await this.tx.updateTable('groups').set(values).where('id', '=', this.group.id).execute()
    this.group = { ...this.group, ...values }
  }

  /** Changes a member's row. */
  async setMember(userId: number, values: { role?: number; nickname?: string; mute_until?: number }): Promise<void> {
    await this.tx
      .updateTable('members')
      .set(values)
      .where('conversation_id', '=', this.conversation.id)
      .where('user_id', '=', userId)
      .execute()
    Object.assign(this.memberOf(userId), values)
  }

  /** Plans an event for users, after the commit. */
  tell(userIds: readonly number[], event: GroupFrame['event'], more: Pick<GroupFrame, 'user_id'> = {}): void {
    this.#push(userIds, { type: FrameType.event, event, group_id: this.group.id, ...more })
  }

  /** Plans the event that tells members of what no notice says. */
  tellChanged(): void {
    this.tell([...this.members.keys()], 'group_changed')
  }

  #push(userIds: readonly number[], frame: ServerFrame): void {
    this.pushes.push({ key: keyOf({ chatType: ChatType.group, group: this.group.id }), userIds, frame })
  }

  async #namesOf(userIds: readonly number[]): Promise<Map<number, string>> {
    const rows = await this.tx
      .selectFrom('users as u')
      .leftJoin('members as m', (join) =>
        join.onRef('m.user_id', '=', 'u.id').on('m.conversation_id', '=', this.conversation.id),
      )
      .select(['u.id', 'u.nickname', 'm.nickname as own'])
      .where('u.id', 'in', [...new Set(userIds)])
      .execute()
    return new Map(rows.map(({ id, nickname, own }) => [id, own || nickname]))
  }
}

/**
 * Changes a group, and tells its members after the commit.
 *
 * @throws Refusal GROUP_NOT_FOUND, and what `work` throws
 */
export async function change<T>(
  clients: PushClients,
  asking: Asking,
  groupId: number,
  work: (change: GroupChange) => Promise<T>,
): Promise<T> {
  const { result, pushes } = await transact(clients, async (tx) => {
    const locked = await conversation.lock(tx, { chatType: ChatType.group, group: groupId })
    const group =
      locked &&
      (await tx
        .selectFrom('groups')
        .selectAll()
        .where('id', '=', groupId)
        .where('dissolved_at', 'is', null)
        .executeTakeFirst())
    if (!locked || !group) throw new Refusal('GROUP_NOT_FOUND')
    const members = await tx
      .selectFrom('members')
      .select(['user_id', 'role'])
      .where('conversation_id', '=', locked.id)
      .where('state', '=', MemberState.active)
      .orderBy('joined_at')
      .orderBy('user_id')
      .execute()
    const begun = new GroupChange(tx, asking, group, locked, members)
    return { result: await work(begun), pushes: begun.pushes }
  })
  await slice.notify(clients, pushes)
  return result
}

/** A list of groups is bounded, like everybody's work to keep it. Two at once may get one more. */
async function refuseIfInTooMany(tx: Tx, userIds: readonly number[]): Promise<void> {
  const full = await tx
    .selectFrom('members as m')
    .innerJoin('conversations as c', 'c.id', 'm.conversation_id')
    .modifyFront(sql`straight_join`)
    .select('m.user_id')
    .where('m.user_id', 'in', [...userIds])
    .where('m.state', '=', MemberState.active)
    .where('c.kind', '=', ChatType.group)
    .groupBy('m.user_id')
    .having(({ fn }) => fn.countAll(), '>=', config.groupsPerUser)
    .limit(1)
    .executeTakeFirst()
  if (full) throw new Refusal('TOO_MANY_GROUPS')
}
