/** What the tests of services stand on: open clients, people who are friends, records, and a gateway that listens. */
import { randomUUID } from 'node:crypto'
import type { Cluster } from 'ioredis'
import type { Gateway, Posted } from '../../lib/client/gateway.ts'
import type { Outgoing, Topic } from '../../lib/client/kafka.ts'
import type { Tx } from '../../lib/client/mysql.ts'
import { db } from '../../lib/client/mysql-batch.ts'
import * as client from '../../lib/client/redis.ts'
import { type Address, ChatType, keyOf, pairOf } from '../../lib/core/address.ts'
import type { Conversation } from '../../lib/schema/tables.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import * as conversation from '../../lib/service/conversation/conversation.ts'
import type { Outcome } from '../../lib/service/message/resolve.ts'
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

/** Works on a conversation as whoever changes it does: behind its lock. */
export async function inside<T>(address: Address, work: (tx: Tx, end: Conversation) => Promise<T>): Promise<T> {
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
    timestamp: Date.now(),
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

/** A topic that keeps what is sent to it. */
export function listeningTopic() {
  const sent: Outgoing[] = []
  const topic: Topic = { send: async (record) => void sent.push(record) }
  return { sent, topic }
}

/** Of tests in which nothing is pushed to many. */
export const noSlices: Topic = {
  send: async () => {
    throw new Error('nothing is to be sliced')
  },
}

/** A connection of a user, named so that tests can tell devices apart. */
export function device(userId: number, name: string, given: Partial<presence.Connection> = {}): presence.Connection {
  return {
    id: `${name}-${userId}`,
    userId,
    sessionId: '0.test',
    connectedAt: Date.now() - 60_000,
    takesArrays: false,
    heartbeatMs: 30_000,
    expiresAt: Date.now() + 3_600_000,
    ...given,
  }
}

/** A device that is there. */
export async function connected(
  userId: number,
  name: string,
  given: Partial<presence.Connection> = {},
): Promise<presence.Connection> {
  const connection = device(userId, name, given)
  await presence.arrive({ redis }, connection, Date.now())
  return connection
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

/** What became of records, by a word each: why it was refused, or its kind. */
export const outcomesOf = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map((outcome) => (outcome.kind === 'refused' ? outcome.reason : outcome.kind))

export const seqs = (messages: readonly { seq: number }[]): number[] => messages.map(({ seq }) => seq)

/** All numbers between two, with them. */
export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)
