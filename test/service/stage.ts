/** What the tests of services stand on: open clients, people who are friends, records, and a gateway that listens. */
import { randomUUID } from 'node:crypto'
import type { Cluster } from 'ioredis'
import type { Gateway, Posted } from '../../lib/client/gateway.ts'
import { db } from '../../lib/client/mysql.ts'
import * as client from '../../lib/client/redis.ts'
import { conversationKey, pairOf } from '../../lib/core/conversation.ts'
import { RelationType } from '../../lib/schema/tables.ts'
import type { Connection } from '../../lib/service/connection/presence.ts'
import type { ChatRecord, Delivered, MessageRecord } from '../../lib/wire/record.ts'

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
  const { low, high } = pairOf(a, b)
  const row = { type: RelationType.friend, created_at: Date.now() }
  await db.insertInto('conversations').ignore().values({ low_id: low, high_id: high, content: '' }).execute()
  await db
    .insertInto('relations')
    .values([
      { ...row, owner_id: a, target_id: b },
      { ...row, owner_id: b, target_id: a },
    ])
    .execute()
}

export async function unfriend(a: number, b: number): Promise<void> {
  await db.deleteFrom('relations').where('owner_id', 'in', [a, b]).where('target_id', 'in', [a, b]).execute()
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
    key: Buffer.from(conversationKey(value.from_id, value.target_id)),
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
    batch: false,
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
    .orderBy('seq')
    .execute()
}

export async function unreadOf(owner: number, friend: number): Promise<number> {
  const { unread_count } = await db
    .selectFrom('relations')
    .select('unread_count')
    .where('owner_id', '=', owner)
    .where('target_id', '=', friend)
    .executeTakeFirstOrThrow()
  return unread_count
}
