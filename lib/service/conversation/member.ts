/** Members: who belongs to a conversation, what they may see of it, and how much of that is unread. */
import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../../client/mysql.ts'
import { type Conversation, type Member, MemberState } from '../../schema/tables.ts'

/**
 * Makes users members of a conversation, which is locked: new ones, or again. What was said before counts as read.
 *
 * `fromSeq` is the first message that new members may see; who was a member before keeps what could be seen then.
 */
export async function activate(
  tx: Tx,
  conversation: Conversation,
  userIds: readonly number[],
  fromSeq = 1,
): Promise<void> {
  const state = {
    state: MemberState.active,
    until_seq: null,
    read_seq: conversation.last_seq,
    read_ordinal: conversation.last_seq - conversation.notice_count,
    own_after_read: 0,
    joined_at: Date.now(),
  }
  await tx
    .insertInto('members')
    .values(userIds.map((user_id) => ({ conversation_id: conversation.id, user_id, from_seq: fromSeq, ...state })))
    .onDuplicateKeyUpdate(state)
    .execute()
}

/**
 * Ends the membership of users in a conversation, which is locked: they see it up to here. Returns how many were members.
 */
export async function deactivate(tx: Tx, conversation: Conversation, userIds: readonly number[]): Promise<number> {
  const left = await tx
    .updateTable('members')
    .set({ state: MemberState.left, until_seq: conversation.last_seq })
    .where('conversation_id', '=', conversation.id)
    .where('user_id', 'in', [...userIds])
    .where('state', '=', MemberState.active)
    .executeTakeFirstOrThrow()
  return Number(left.numUpdatedRows)
}

/** The membership of a user in a conversation, which is locked; undefined for who does not belong to it now. */
export async function find(tx: Tx, conversation: Conversation, userId: number): Promise<Member | undefined> {
  return await tx
    .selectFrom('members')
    .selectAll()
    .where('conversation_id', '=', conversation.id)
    .where('user_id', '=', userId)
    .where('state', '=', MemberState.active)
    .executeTakeFirst()
}

/** How many messages a member `m` of conversation `c` has not read. */
export const unreadCount = (): RawBuilder<number> =>
  sql<number>`c.last_seq - c.notice_count - m.read_ordinal - m.own_after_read`
