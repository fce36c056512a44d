/** The cost of accepting a frame: `$default`'s handler, called directly, with real Redis and Kafka. */
import { randomUUID } from 'node:crypto'
import { handler } from '../../functions/socket/message.ts'
import { socketEvent } from '../../infra/local/edge/socket-event.ts'
import { redis } from '../../lib/client/redis.ts'
import { inParallel } from '../../lib/core/in-parallel.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import { seedPeople } from '../seed.ts'
import { answer } from './child.ts'
import { measureInTurn, type Path } from './repeat.ts'

type SocketEvent = Parameters<typeof handler>[0]

const people = 500
const lambda = { getRemainingTimeInMillis: () => 10_000 } as Parameters<typeof handler>[1]

await answer(async (servers) => {
  const ids = await seedPeople(servers.mysqlUrl, people)
  // A connection that Redis does not know would be told to catch up.
  for (const userId of ids) await presence.arrive({ redis }, connectionOf(userId), Date.now())
  const paths = [path(ids, 64, 10_000), path(ids, 1, 2_000)]
  return await measureInTurn(servers, paths)
})

function path(ids: readonly number[], inFlight: number, operations: number): Path {
  return {
    workload: 'send',
    setting: { inFlight },
    operations,
    prepare() {
      const events = Array.from({ length: operations }, (_, index) => event(ids, index))
      return async () => {
        await inParallel(events, inFlight, async (frame) => {
          const reply = await handler(frame, lambda)
          if (typeof reply !== 'object' || reply.body) throw new Error(`a frame was answered: ${JSON.stringify(reply)}`)
        })
      }
    },
  }
}

function connectionOf(userId: number): presence.Connection {
  return {
    id: `connection-of-${userId}`,
    userId,
    sessionId: '0.bench',
    connectedAt: Date.now() - 60_000,
    takesArrays: false,
    heartbeatMs: 30_000,
    expiresAt: Date.now() + 3_600_000,
  }
}

function event(ids: readonly number[], index: number): SocketEvent {
  const { id, userId, sessionId, connectedAt } = connectionOf(ids[index % ids.length] ?? 0)
  const target_id = ids[(index + 1) % ids.length]
  const authorizer = {
    principalId: String(userId),
    user_id: String(userId),
    username: `person-${userId}`,
    session_id: sessionId,
    expires_at: String(Math.floor(Date.now() / 1000) + 3_600),
    language: 'en',
    batch: 'false',
  }
  const connection = { connectionId: id, connectedAt, identity: { sourceIp: '127.0.0.1', userAgent: '' }, authorizer }
  const body = JSON.stringify({ type: 2, target_id, content: `a message as people write them: ${index}`, media: 1 })
  const { requestContext } = socketEvent(connection, '$default')
  return { requestContext: { messageId: randomUUID(), ...requestContext }, body, isBase64Encoded: false }
}
