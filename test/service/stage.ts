/** What the tests of services stand on: open clients, people who are friends, records, and a gateway that listens. */
import { randomUUID } from 'node:crypto'
import type { Cluster } from 'ioredis'
import type { Gateway, Posted } from '../../lib/client/gateway.ts'
import type { Tx } from '../../lib/client/mysql.ts'
import { db } from '../../lib/client/mysql-batch.ts'
import * as client from '../../lib/client/redis.ts'
import { type Address, ChatType, keyOf, pairOf } from '../../lib/core/address.ts'
import type { Conversation } from '../../lib/schema/tables.ts'
import type { Connection } from '../../lib/service/connection/presence.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import * as conversation from '../../lib/service/conversation/conversation.ts'
import * as member from '../../lib/service/conversation/member.ts'
import { addressOfRecord, type ChatRecord, type Delivered, type MessageRecord } from '../../lib/wire/record.ts'

export { db }

/** With all commands, as only bundles leave some out. */
export const redis = client.redis as Cluster

/** Ends the connections of a test file. */
export async function closeClients(): Promise<void> {
  await db.destroy()
  redis.disconnect()
}

/** A fresh account; returns its id. */
export async function person(name: string): Promise<number> {
  const username = `${name}-${randomUUID()}`
  const now = Date.now()
  const { insertId } = await db
    .insertInto('users')
    .values({ username, username_key: username, password: 'x', created_at: now, updated_at: now })
    .executeTakeFirstOrThrow()
  return Number(insertId)
}

/** Makes two people friends, as accepting a request does. */
export async function befriend(a: number, b: number): Promise<void> {
  await conversation.open({ db }, a, b)
  await inside(pairOf(a, b), (tx, end) => friend.befriend(tx, a, b, end))
}

/** Ends a friendship, as deleting does. */
export async function unfriend(a: number, b: number): Promise<void> {
  await inside(pairOf(a, b), (tx, end) => friend.unfriend(tx, end, a, b))
}

/** Makes a group of some users; returns its id, which is the one of the first of them. */
export async function group(...members: [number, ...number[]]): Promise<number> {
  const [group_id] = members
  await db.insertInto('conversations').values({ kind: ChatType.group, group_id, content: '' }).execute()
  await join(group_id, ...members)
  return group_id
}

/** Makes users members of a group, who see what is said from now on. */
export async function join(group: number, ...members: number[]): Promise<void> {
  await inside({ chatType: ChatType.group, group }, (tx, end) => member.activate(tx, end, members, end.last_seq + 1))
}

/** Ends the membership of users in a group. */
export async function leave(group: number, ...members: number[]): Promise<void> {
  await inside({ chatType: ChatType.group, group }, (tx, end) => member.deactivate(tx, end, members))
}

async function inside<T>(address: Address, work: (tx: Tx, end: Conversation) => Promise<T>): Promise<T> {
  return await db.transaction().execute(async (tx) => {
    const end = await conversation.lock(tx, address)
    if (!end) throw new Error(`there is no conversation ${keyOf(address)}`)
    return await work(tx, end)
  })
}

/** Two friends, ada and bob. */
export async function friends(): Promise<{ ada: number; bob: number }> {
  const [ada, bob] = await Promise.all([person('ada'), person('bob')])
  await befriend(ada, bob)
  return { ada, bob }
}

/** A record as the socket writes it. */
export function record(from: number, to: number, given: Partial<MessageRecord> = {}): MessageRecord {
  return {
    kind: 'message',
    record_id: randomUUID(),
    from_id: from,
    target_id: to,
    chat_type: ChatType.direct,
    content: 'hello',
    media: 1,
    requested_at: Date.now(),
    origin: { connection_id: `socket-of-${from}`, batch: false, language: 'en' },
    ...given,
  }
}

let offset = 0

/** Records as the mapping delivers them. */
export function delivered(...values: ChatRecord[]): Delivered<ChatRecord>[] {
  return values.map((value) => ({
    topic: 'test',
    partition: 0,
    offset: Date.now() * 1000 + offset++,
    key: Buffer.from(keyOf(addressOfRecord(value))),
    payload: Buffer.from(JSON.stringify(value)),
    value,
  }))
}

export interface Post {
  connectionId: string
  text: string
}

/** A gateway that writes down what is posted. `answers` says what becomes of each post; all are sent by default. */
export function listeningGateway(answers: (post: Post) => Posted | Promise<Posted> = () => 'sent') {
  const posts: Post[] = []
  const closed: string[] = []
  const gateway: Gateway = {
    async post(connectionId, text) {
      const post = { connectionId, text }
      posts.push(post)
      return await answers(post)
    },
    async close(connectionId) {
      closed.push(connectionId)
      return 'sent'
    },
  }
  const framesTo = (connectionId: string): Record<string, unknown>[] =>
    posts.filter((post) => post.connectionId === connectionId).flatMap(({ text }) => JSON.parse(text))
  return { gateway, posts, closed, framesTo }
}

/** A connection of a user, named so that tests can tell devices apart. */
export function device(userId: number, name: string, given: Partial<Connection> = {}): Connection {
  return {
    id: `${name}-${userId}`,
    userId,
    sessionId: '0.test',
    connectedAt: Date.now() - 60_000,
    takesArrays: false,
    ...given,
  }
}

/** The messages between two people, as stored. */
export async function stored(a: number, b: number) {
  return await db
    .selectFrom('messages')
    .selectAll()
    .where('from_user_id', 'in', [a, b])
    .where('to_user_id', 'in', [a, b])
    .where('type', '=', ChatType.direct)
    .orderBy('seq')
    .execute()
}

/** How many messages a friend's chat shows `owner` as unread. */
export async function unreadOf(owner: number, other: number): Promise<number> {
  return (await markOf(owner, pairOf(owner, other))).unread
}

/** How far a member of a conversation has read, and how much is left. */
export async function markOf(userId: number, address: Address): Promise<{ readSeq: number; unread: number }> {
  const conversations = db
    .selectFrom('conversations as c')
    .innerJoin('members as m', 'm.conversation_id', 'c.id')
    .select(['m.read_seq as readSeq', member.unreadCount().as('unread')])
    .where('m.user_id', '=', userId)
  return await (address.chatType === ChatType.group
    ? conversations.where('c.group_id', '=', address.group)
    : conversations.where('c.low_id', '=', address.low).where('c.high_id', '=', address.high)
  ).executeTakeFirstOrThrow()
}

/** A conversation of ada and bob, of either kind: tests of what holds for both are written once. */
export interface Talk {
  ada: number
  bob: number
  address: Address
  /** What the frames of one of them name as their target: the other one, or the group. */
  targetOf(from: number): number
  /** A record of one of the two in this conversation; between others, one of their own. */
  record(from: number, to: number, given?: Partial<MessageRecord>): MessageRecord
  /** Its messages, as stored. */
  stored(...ofBoth: number[]): ReturnType<typeof stored>
  unreadOf(userId: number, from?: number): Promise<number>
  /** Nobody belongs to it any more. */
  end(): Promise<void>
}

export async function talkOfFriends(): Promise<Talk> {
  const { ada, bob } = await friends()
  const targetOf = (from: number): number => (from === ada ? bob : ada)
  const end = () => unfriend(ada, bob)
  return { ...talkAt(pairOf(ada, bob), record), ada, bob, targetOf, stored: () => stored(ada, bob), end }
}

/** Ada and bob are in a group that has the id of ada, and are friends, too. */
async function talkOfGroup(): Promise<Talk> {
  const { ada, bob } = await friends()
  const id = await group(ada, bob)
  const address = { chatType: ChatType.group, group: id }
  const inGroup: Talk['record'] = (from, to, given) =>
    [from, to].every((user) => user === ada || user === bob)
      ? record(from, id, { chat_type: ChatType.group, ...given })
      : record(from, to, given)
  const messages = () =>
    db.selectFrom('messages').selectAll().where('type', '=', 3).where('to_user_id', '=', id).orderBy('seq').execute()
  return { ...talkAt(address, inGroup), ada, bob, targetOf: () => id, stored: messages, end: () => leave(id, ada, bob) }
}

const talkAt = (address: Address, records: Talk['record']) => ({
  address,
  record: records,
  unreadOf: async (userId: number) => (await markOf(userId, address)).unread,
})

/** Both kinds of conversations, for `describe.each`. */
export const kinds = [
  { kind: 'two friends', refusal: 'NOT_FRIENDS', talk: talkOfFriends },
  { kind: 'a group', refusal: 'NOT_MEMBER', talk: talkOfGroup },
]

/** Writes a notice into a group, as whoever changes it does: a message that nobody has to read. */
export async function notice(group: number): Promise<void> {
  await inside({ chatType: ChatType.group, group }, async (tx, end) => {
    const [seq, notice_count] = [end.last_seq + 1, end.notice_count + 1]
    const place = { conversation_id: end.id, seq, notice_count, from_user_id: 0, to_user_id: group, created_at: 0 }
    const text = { content: 'someone has joined', type: ChatType.group, media: 1, body_hash: Buffer.alloc(32) }
    await tx
      .insertInto('messages')
      .values({ ...place, ...text, record_id: Buffer.from(randomUUID()) })
      .execute()
    await tx.updateTable('conversations').set({ last_seq: seq, notice_count }).where('id', '=', end.id).execute()
  })
}
