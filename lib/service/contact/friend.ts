/** Friendships: two rows in `relations`, one for each side, always inserted and deleted together. */
import { sql } from 'kysely'
import type { Clients, Stores } from '../../client/clients.ts'
import type { Db, Tx } from '../../client/mysql.ts'
import { ChatType, pairOf } from '../../core/address.ts'
import { previewLength } from '../../core/preview.ts'
import { Refusal } from '../../core/refusal.ts'
import { type Conversation, RelationType } from '../../schema/tables.ts'
import type { Description, Friend, FriendInfo, Target, TargetQuery } from '../../wire/friend.ts'
import { Page, type PageQuery, pageLength } from '../../wire/page.ts'
import * as delivery from '../connection/delivery.ts'
import { onlineAmong } from '../connection/online.ts'
import * as conversation from '../conversation/conversation.ts'
import * as member from '../conversation/member.ts'
import * as readMark from '../conversation/read-mark.ts'
import { transact } from '../store/transaction.ts'

/** The caller's friends, most recent conversation first. One statement and one round trip to Redis for any number. */
export async function list({ db, redis }: Stores, caller: number, { cursor }: PageQuery = {}): Promise<Page<Friend>> {
  const friends = (await friendsOf(db, caller).execute()).sort(byLastMessage)
  const [last_message_time = Infinity, id = 0] = cursor?.split('-').map(Number) ?? []
  const following = friends.filter((friend) => byLastMessage(friend, { last_message_time, id }) > 0)
  const page = following.slice(0, pageLength)
  const ids = page.map(({ id }) => id)
  const online = await onlineAmong({ redis }, ids, Date.now())
  const last = following.length > page.length ? page.at(-1) : undefined
  return new Page(
    page.map((friend) => ({ ...friend, online: online.has(friend.id) })),
    last && { cursor: `${last.last_message_time}-${last.id}` },
  )
}

// Sorted here, because the database would first copy all rows with their texts to a table on disk.
const byLastMessage = (one: ListPlace, other: ListPlace): number =>
  other.last_message_time - one.last_message_time || one.id - other.id

type ListPlace = Pick<Friend, 'id' | 'last_message_time'>

/**
 * One friend, with the fields that only friends may see.
 *
 * @throws Refusal NOT_FRIENDS
 */
export async function info(
  { db, redis }: Stores,
  caller: number,
  { target_id: target }: TargetQuery,
): Promise<FriendInfo> {
  const friend = await friendsOf(db, caller)
    .select(['u.email', 'u.phone'])
    .where('r.target_id', '=', target)
    .executeTakeFirst()
  if (!friend) throw new Refusal('NOT_FRIENDS')
  const online = await onlineAmong({ redis }, [target], Date.now())
  return { ...friend, online: online.has(target) }
}

// Forces the join order: start with the owner's rows, since a popular user has many incoming rows.
function friendsOf(db: Db, caller: number) {
  return db
    .selectFrom('relations as r')
    .innerJoin('users as u', 'u.id', 'r.target_id')
    .innerJoin('conversations as c', 'c.id', 'r.conversation_id')
    .innerJoin('members as m', (join) =>
      join.onRef('m.conversation_id', '=', 'r.conversation_id').onRef('m.user_id', '=', 'r.owner_id'),
    )
    .innerJoin('members as peer', (join) =>
      join.onRef('peer.conversation_id', '=', 'r.conversation_id').onRef('peer.user_id', '=', 'r.target_id'),
    )
    .modifyFront(sql`straight_join`)
    .select(['u.id', 'u.username', 'u.nickname', 'u.avatar', 'r.desc', member.unreadCount().as('unread_count')])
    .select(['c.last_message_time', 'c.last_seq'])
    .select(({ fn, val }) => fn<string>('left', ['c.content', val(previewLength)]).as('content'))
    .select(['m.read_seq', 'peer.read_seq as peer_read_seq'])
    .where('r.owner_id', '=', caller)
    .where('r.type', '=', RelationType.friend)
}

/**
 * Moves the caller's read mark to the end of the conversation, and notifies both sides when it has moved.
 *
 * @throws Refusal NOT_FRIENDS
 */
export async function markRead(clients: Clients, caller: number, { target_id: target }: Target): Promise<void> {
  const mark = await transact(clients, async (tx) => {
    const locked = await conversation.lock(tx, pairOf(caller, target))
    const reader = locked && (await member.find(tx, locked, caller))
    if (!reader) throw new Refusal('NOT_FRIENDS')
    if (reader.read_seq === locked.last_seq) return undefined
    const mark = { conversationId: locked.id, userId: caller, peerId: target, seq: locked.last_seq }
    await tx.executeQuery(readMark.move(tx, [mark]))
    return locked.last_seq
  })
  if (mark === undefined) return
  const read = { reader: caller, target, chatType: ChatType.direct, seq: mark }
  await delivery.notify(clients, [readMark.pushOf([target, caller], read)])
}

/**
 * Sets the caller's alias of a friend; nobody else sees it.
 *
 * It updates one row in one statement, so the pair is not locked.
 *
 * @throws Refusal NOT_FRIENDS
 */
export async function describe(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  { target_id, desc }: Description,
): Promise<void> {
  const described = await db
    .updateTable('relations')
    .set({ desc })
    .where('owner_id', '=', caller)
    .where('target_id', '=', target_id)
    .where('type', '=', RelationType.friend)
    .executeTakeFirst()
  if (described.numUpdatedRows === 0n) throw new Refusal('NOT_FRIENDS')
}

/**
 * Ends a friendship in both directions. The conversation and its history stay.
 *
 * @throws Refusal NOT_FRIENDS
 */
export async function remove(clients: Clients, caller: number, { target_id: target }: Target): Promise<void> {
  await transact(clients, async (tx) => {
    const locked = await conversation.lock(tx, pairOf(caller, target))
    if (!locked || !(await unfriend(tx, locked, caller, target))) throw new Refusal('NOT_FRIENDS')
  })
  await delivery.notify(clients, delivery.changeBetween('friend_removed', caller, target))
}

/** Makes two users friends; their conversation must be locked. Earlier messages count as read by both. */
export async function befriend(tx: Tx, one: number, other: number, locked: Conversation): Promise<void> {
  const common = {
    conversation_id: locked.id,
    type: RelationType.friend,
    last_read_msg_id: locked.last_message_id,
    created_at: Date.now(),
  }
  await tx
    .insertInto('relations')
    .values([
      { owner_id: one, target_id: other, ...common },
      { owner_id: other, target_id: one, ...common },
    ])
    .execute()
  await member.activate(tx, locked, [one, other])
}

/** Ends a friendship; the conversation must be locked. Returns false when there was none. */
export async function unfriend(tx: Tx, locked: Conversation, one: number, other: number): Promise<boolean> {
  const ended = await tx
    .deleteFrom('relations')
    .where(({ and, or }) => or([and({ owner_id: one, target_id: other }), and({ owner_id: other, target_id: one })]))
    .where('type', '=', RelationType.friend)
    .executeTakeFirst()
  return ended.numDeletedRows > 0n && (await member.deactivate(tx, locked, [one, other])) > 0
}
