/** Members: who belongs to a conversation, which messages they may see, and how many are unread. */
import { type RawBuilder, sql } from 'kysely'
import type { Tx } from '../../client/mysql.ts'
import { type Conversation, type Member, MemberState } from '../../schema/tables.ts'

/**
 * Makes users members of a conversation, for the first time or again. Earlier messages count as read. The conversation must
 * be locked.
 *
 * What is not given in `own` is usual for who is new; who returns keeps it.
 */
export async function activate(
  tx: Tx,
  conversation: Conversation,
  userIds: readonly number[],
  own: Partial<Pick<Member, 'from_seq' | 'role'>> = {},
): Promise<void> {
  const state = {
    state: MemberState.active,
    until_seq: null,
    read_seq: conversation.last_seq,
    read_ordinal: conversation.last_seq - conversation.notice_count,
    own_after_read: 0,
    joined_at: Date.now(),
    ...own,
  }
  await tx
    .insertInto('members')
    .values(userIds.map((user_id) => ({ conversation_id: conversation.id, user_id, ...state })))
    .onDuplicateKeyUpdate(state)
    .execute()
}

/**
 * Ends the membership of users: they see the conversation up to now. Returns how many were members. The conversation
 * must be locked.
 */
export async function deactivate(
  tx: Tx,
  conversation: Conversation,
  userIds: readonly number[],
  state: typeof MemberState.left | typeof MemberState.banned = MemberState.left,
): Promise<number> {
  const left = await tx
    .updateTable('members')
    .set({ state, until_seq: conversation.last_seq })
    .where('conversation_id', '=', conversation.id)
    .where('user_id', 'in', [...userIds])
    .where('state', '=', MemberState.active)
    .executeTakeFirstOrThrow()
  return Number(left.numUpdatedRows)
}

/** Finds the active membership of a user. The conversation must be locked. */
export async function find(tx: Tx, conversation: Conversation, userId: number): Promise<Member | undefined> {
  return await tx
    .selectFrom('members')
    .selectAll()
    .where('conversation_id', '=', conversation.id)
    .where('user_id', '=', userId)
    .where('state', '=', MemberState.active)
    .executeTakeFirst()
}

/** The number of unread messages of member `m` in conversation `c`. */
export const unreadCount = (): RawBuilder<number> =>
  sql<number>`c.last_seq - c.notice_count - m.read_ordinal - m.own_after_read`
