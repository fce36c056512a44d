/** What one user may have and send by sockets: connections, upgrades, frames, and what becomes of who goes on. */
import { randomUUID } from 'node:crypto'
import * as fc from 'fast-check'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { handler as connect } from '../../functions/socket/connect.ts'
import { handler as receive } from '../../functions/socket/message.ts'
import * as gatewayClient from '../../lib/client/gateway.ts'
import { messages } from '../../lib/client/message-topic.ts'
import { config } from '../../lib/core/config.ts'
import * as keys from '../../lib/core/keys.ts'
import * as session from '../../lib/service/account/session.ts'
import { onlineAmong } from '../../lib/service/connection/online.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import { recipientsOf } from '../../lib/service/connection/recipient.ts'
import { roundTrips } from './recorder.ts'
import { closeClients, db, device, listeningGateway, person, range, redis } from './stage.ts'

afterEach(() => void vi.restoreAllMocks())
afterAll(async () => {
  await messages.close()
  await closeClients()
})

const limit = config.connectionsPerUser
const { perSecond, burst, excess } = config.messageRate
const lambda = {} as never

/** A user whose sessions Redis knows. */
async function user(): Promise<number> {
  const userId = await person('ada')
  await session.load({ db, redis }, userId)
  return userId
}

const opening = (userId: number, number: number): presence.Connection =>
  device(userId, String(number), { connectedAt: Date.now() + number })

function eventOf({ id, userId, sessionId, connectedAt, expiresAt }: presence.Connection, body?: string) {
  const authorizer = {
    user_id: `${userId}`,
    session_id: sessionId,
    expires_at: `${expiresAt / 1000}`,
    language: 'en',
    batch: 'false',
  }
  const ids = { connectionId: id, connectedAt, requestId: randomUUID(), messageId: randomUUID() }
  const eventType = body === undefined ? 'CONNECT' : 'MESSAGE'
  return { body, requestContext: { ...ids, eventType, requestTimeEpoch: Date.now(), authorizer } } as never
}

/** The functions, before a gateway that listens. */
function stage(answers?: Parameters<typeof listeningGateway>[0]) {
  const listening = listeningGateway(answers)
  vi.spyOn(gatewayClient.gateway, 'post').mockImplementation(listening.gateway.post)
  vi.spyOn(gatewayClient.gateway, 'close').mockImplementation(listening.gateway.close)
  const open = async (connection: presence.Connection) =>
    ((await connect(eventOf(connection), lambda)) as { statusCode: number }).statusCode
  const send = async (connection: presence.Connection, body: string) => {
    const answer = (await receive(eventOf(connection, body), lambda)) as { body?: string }
    return answer.body ? JSON.parse(answer.body) : undefined
  }
  return { ...listening, open, send }
}

const idsOf = async (userId: number): Promise<string[]> =>
  ((await recipientsOf({ redis }, [userId])).get(userId) ?? []).map(({ connectionId }) => connectionId)
const goAway = (reason: string) => expect.objectContaining({ type: 10, reason, reconnect_after_ms: expect.any(Number) })
const tooMany = goAway('TOO_MANY_CONNECTIONS')

describe('a user’s connections', () => {
  it('are so many and no more: the oldest is told, closed and forgotten', async () => {
    const ada = await user()
    const { open, framesTo, closed } = stage()
    const all = range(1, limit + 2).map((number) => opening(ada, number))
    for (const connection of all) expect(await open(connection)).toBe(200)
    expect((await idsOf(ada)).sort()).toEqual(
      all
        .slice(2)
        .map(({ id }) => id)
        .sort(),
    )
    const ended = all.slice(0, 2).map(({ id }) => id)
    expect(closed).toEqual(ended)
    for (const id of ended) expect(framesTo(id)).toEqual([tooMany])
  })

  it('that open at once are so many and no more, and each that gives way is told and closed once', async () => {
    const ada = await user()
    const { open, closed } = stage()
    const all = range(1, 300).map((number) => opening(ada, number))
    const statuses = await Promise.all(all.map((connection) => open(connection)))
    expect(new Set(statuses)).toEqual(new Set([200]))
    const left = await idsOf(ada)
    expect(left).toHaveLength(limit)
    expect(closed).toHaveLength(300 - limit)
    expect(new Set([...closed, ...left]).size).toBe(300)
  })

  it('give way by age, but for those that were lost in silence, which go first', async () => {
    const ada = await user()
    const { open, closed } = stage()
    const all = range(1, limit).map((number) => opening(ada, number))
    for (const connection of all) await open(connection)
    const lost = all[5] ?? opening(ada, 0)
    const long = Date.now() - 10 * 60_000
    const stored = JSON.parse((await redis.hget(keys.connections(ada), lost.id)) ?? '')
    await redis.hset(keys.connections(ada), lost.id, JSON.stringify({ ...stored, heard: long }))
    await open(opening(ada, 1_000))
    await open(opening(ada, 1_001))
    expect(closed).toEqual([lost.id, all[0]?.id])
  })

  it('that were not closed when they gave way are refused their next frame, and closed', async () => {
    const ada = await user()
    const all = range(1, limit + 1).map((number) => opening(ada, number))
    const away = stage(() => 'failed')
    for (const connection of all) expect(await away.open(connection)).toBe(200)
    const [oldest = opening(ada, 0)] = all
    const { send, framesTo, closed } = stage()
    expect(await send(oldest, '{"type":0,"ping":1}')).toBeUndefined()
    expect(framesTo(oldest.id)).toEqual([expect.objectContaining({ type: 9, reason: 'TOO_MANY_CONNECTIONS' }), tooMany])
    expect(closed).toEqual([oldest.id])
    expect(await idsOf(ada)).toHaveLength(limit)
  })

  it('all come back when Redis has lost them, and none ends', async () => {
    const ada = await user()
    const { open, send, closed } = stage()
    const all = range(1, limit).map((number) => opening(ada, number))
    for (const connection of all) await open(connection)
    await redis.del(keys.connections(ada))
    for (const connection of all) expect(await send(connection, '{"type":0}')).toEqual({ type: 8, event: 'resync' })
    expect(closed).toEqual([])
    expect(await idsOf(ada)).toHaveLength(limit)
  })

  it('leave their user online exactly as long as those that are left allow', async () => {
    const ada = await user()
    const { open } = stage()
    await open({ ...opening(ada, 0), heartbeatMs: 480_000 })
    for (const number of range(1, limit)) await open(opening(ada, number))
    const at = async (seconds: number) => (await onlineAmong({ redis }, [ada], Date.now() + seconds * 1_000)).has(ada)
    expect([await at(80), await at(100)]).toEqual([true, false])
  })
})

describe('upgrades', () => {
  it('of a user are bounded, and nobody else’s are', async () => {
    const [ada, bob] = [await user(), await user()]
    const { open } = stage()
    const { count } = config.limits.upgrades
    const statuses = await Promise.all(range(1, count + 5).map((number) => open(opening(ada, number))))
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(count + 2)
    expect(statuses).toContain(429)
    expect(await idsOf(ada)).toHaveLength(limit)
    expect(await open(opening(bob, 1))).toBe(200)
  })

  it('that are refused leave the user’s connections as they are', async () => {
    const ada = await user()
    const { open, closed } = stage()
    for (const number of range(1, limit)) await open(opening(ada, number))
    await redis.set(keys.limit('upgrades', ada), Date.now() + 60_000)
    const before = (await idsOf(ada)).sort()
    expect(await open(opening(ada, 1_000))).toBe(429)
    expect((await idsOf(ada)).sort()).toEqual(before)
    expect(closed).toEqual([])
  })
})

const kinds: [kind: string, body: (userId: number) => string, cost: number][] = [
  ['heartbeats', () => '{"type":0,"ping":1}', 0.1],
  ['messages', (id) => `{"type":2,"target_id":${id + 1},"content":"x"}`, 1],
  ['messages of 16 KiB to strangers', (id) => `{"type":2,"target_id":${id + 1},"content":"${'x'.repeat(16_384)}"}`, 1],
  ['typing', (id) => `{"type":7,"target_id":${id + 1},"typing":true}`, 1],
  ['marks', (id) => `{"type":6,"target_id":${id + 1},"seq":1}`, 1],
  ['messages to oneself', (id) => `{"type":2,"target_id":${id},"content":"x"}`, 2],
  ['messages that are too long', (id) => `{"type":2,"target_id":${id + 1},"content":"${'x'.repeat(16_385)}"}`, 2],
  ['frames of no type', () => '{"type":99}', 2],
  ['frames of the wrong shape', () => '{"type":2}', 2],
  ['texts that are no frames', () => 'ping', 2],
]

describe.each(kinds)('%s', (_kind, body, cost) => {
  it(`cost ${cost} of the rate each`, async () => {
    const ada = await user()
    const { open, send } = stage()
    const phone = opening(ada, 1)
    await open(phone)
    await redis.hset(keys.messageRate(ada), 'tokens', '100', 'at', String(Date.now() + 60_000))
    await send(phone, body(ada))
    expect(Number(await redis.hget(keys.messageRate(ada), 'tokens'))).toBeCloseTo(100 - cost)
  })

  it('end their socket when they go on above the rate, and no sooner', async () => {
    const ada = await user()
    vi.spyOn(messages, 'send').mockResolvedValue(undefined)
    const { open, send, framesTo, closed } = stage()
    const phone = opening(ada, 1)
    await open(phone)
    const begun = Date.now()
    let sent = 0
    for (; closed.length === 0 && sent < 20_000; sent += 50)
      await Promise.all(Array.from({ length: 50 }, () => send(phone, body(ada))))
    const seconds = (Date.now() - begun) / 1_000
    expect(closed).toEqual([phone.id])
    expect(sent).toBeGreaterThan(burst / cost + excess)
    expect(sent).toBeLessThan(burst / cost + excess + seconds * perSecond * (1 + 1 / cost) + 100)
    expect(framesTo(phone.id)).toEqual([
      expect.objectContaining({ type: 9, reason: 'TOO_MANY_REQUESTS', retryable: true }),
      goAway('TOO_MANY_REQUESTS'),
    ])
  })
})

describe('a sender above the rate', () => {
  const at = Date.now()
  it('who does not read is closed all the same', async () => {
    const ada = await user()
    const { open, send, closed } = stage(() => 'failed')
    const phone = opening(ada, 1)
    await open(phone)
    await redis.hset(keys.messageRate(ada), 'tokens', '0', 'at', String(Date.now() + 60_000), 'beyond', String(excess))
    await send(phone, '{"type":2}')
    expect(closed).toEqual([phone.id])
  })

  it('who waits as told, and sends all at once again, is never cut off', async () => {
    const ada = device(await user(), 'phone')
    let now = at
    for (let round = 0; round < 20; round++) {
      const all = await Promise.all(range(1, burst * 2).map(() => presence.touch({ redis }, ada, 1, now)))
      expect(all.filter(({ over }) => over)).toEqual([])
      now += Math.max(...all.map(({ waitMs }) => waitMs)) + 1_000 * (burst / perSecond)
    }
  })

  it('who is cut off opens no connection for ten seconds, and others do', async () => {
    const [ada, bob] = [device(await user(), 'phone'), device(await user(), 'phone')]
    const touched = await Promise.all(range(1, burst + excess + 1).map(() => presence.touch({ redis }, ada, 1, at)))
    expect(touched.some(({ over }) => over)).toBe(true)
    const waitAt = async (one: typeof ada, now: number) =>
      (await presence.arrive({ redis }, { ...one, id: randomUUID() }, now)).waitMs
    expect(await waitAt(ada, at)).toBeGreaterThan(9_000)
    expect(await waitAt(bob, at)).toBe(0)
    expect(await waitAt(ada, at + 11_000)).toBe(0)
  })

  it('is cut off exactly when more frames are beyond the rate than are forgiven', async () => {
    const wholeTokens = fc.nat(150).map((count) => (count * 1_000) / perSecond)
    const steps = fc.array(fc.record({ pause: wholeTokens, count: fc.integer({ min: 1, max: 600 }) }), {
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const ada = device(await user(), 'phone')
        let [now, tokens, beyond] = [at, burst, 0]
        for (const { pause, count } of list) {
          now += pause
          tokens = Math.min(burst, tokens + (pause * perSecond) / 1_000)
          beyond = Math.max(0, beyond - (pause * perSecond) / 1_000)
          const touched = await Promise.all(range(1, count).map(() => presence.touch({ redis }, ada, 1, now)))
          for (const { over } of touched) {
            if (tokens >= 1) tokens -= 1
            else beyond += 1
            const isBeyond = beyond > excess
            expect(over).toBe(isBeyond ? 'TOO_MANY_REQUESTS' : undefined)
            if (isBeyond) beyond -= perSecond
          }
        }
      }),
      { numRuns: 15 },
    )
  })

  it('is one question to Redis a frame, as any other', async () => {
    const ada = await user()
    const { open, send } = stage()
    const phone = opening(ada, 1)
    await open(phone)
    for (const body of ['{"type":0}', 'ping', '{"type":99}'])
      expect(await roundTrips(redis, () => send(phone, body))).toBe(1)
    await redis.hset(keys.messageRate(ada), 'tokens', '0', 'at', String(Date.now() + 60_000))
    for (const body of ['{"type":0}', 'ping', '{"type":2,"target_id":7,"content":"x"}'])
      expect(await roundTrips(redis, () => send(phone, body))).toBe(1)
  })
})
