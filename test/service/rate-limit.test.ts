/** Limits on rates: budgets of users and addresses. */
import { randomUUID } from 'node:crypto'
import * as fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { handler as searchHandler } from '../../functions/chat/search.ts'
import { handler as syncHandler } from '../../functions/chat/sync.ts'
import { config } from '../../lib/core/config.ts'
import * as keys from '../../lib/core/keys.ts'
import { issue, localKey, verify } from '../../lib/core/token.ts'
import { admit } from '../../lib/service/account/admission.ts'
import * as session from '../../lib/service/account/session.ts'
import { costOf } from '../../lib/service/conversation/sync.ts'
import { spend, take } from '../../lib/service/store/rate-limit.ts'
import { httpEvent } from '../deploy/function/event.ts'
import { lambda } from '../unit/entry-event.ts'
import { roundTrips } from './recorder.ts'
import { closeClients, db, person, range, redis } from './stage.ts'

afterAll(closeClients)

const { count, seconds } = config.limits.searches
const start = Date.now()
const takeAt = (id: string, now: number, cost = 1) => take({ redis }, 'searches', id, { now, cost })

async function emptied(): Promise<string> {
  const id = randomUUID()
  expect(await takeAt(id, start, count)).toBe(0)
  return id
}

describe('a budget', () => {
  it('allows so many at once and no more, however they come', async () => {
    const id = randomUUID()
    const waits = await Promise.all(Array.from({ length: count + 5 }, () => takeAt(id, start)))
    expect(waits.filter((wait) => wait === 0)).toHaveLength(count)
  })

  it('comes back steadily, and tells when', async () => {
    const id = await emptied()
    const wait = await takeAt(id, start)
    expect(wait).toBe(Math.ceil((seconds * 1000) / count))
    expect(await takeAt(id, start + wait - 1)).toBeGreaterThan(0)
    expect(await takeAt(id, start + wait)).toBe(0)
    expect(await takeAt(id, start + wait)).toBeGreaterThan(0)
  })

  it('is full again after its time, and never fuller', async () => {
    const id = await emptied()
    expect(await takeAt(id, start + 10 * seconds * 1000, count)).toBe(0)
    expect(await takeAt(id, start + 10 * seconds * 1000)).toBeGreaterThan(0)
  })

  it('loses nothing to what is refused', async () => {
    const id = await emptied()
    for (let tries = 0; tries < 20; tries++) await takeAt(id, start)
    expect(await takeAt(id, start + seconds * 1000, count)).toBe(0)
  })

  it('allows once what costs more than all of it', async () => {
    expect(await takeAt(randomUUID(), start, count + 1)).toBe(0)
  })

  it('is one for each user and each limit', async () => {
    const id = await emptied()
    expect(await takeAt(randomUUID(), start)).toBe(0)
    expect(await take({ redis }, 'reads', id, { now: start })).toBe(0)
  })

  it('is forgotten when it is full again', async () => {
    const id = randomUUID()
    await take({ redis }, 'searches', id)
    const left = await redis.pttl(keys.limit('searches', id))
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual((seconds * 1000) / count)
  })

  it('never allows more than it holds in any time', async () => {
    const steps = fc.array(fc.record({ pause: fc.nat(4_000), cost: fc.integer({ min: 1, max: 5 }) }), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const id = randomUUID()
        let [now, taken] = [start, 0]
        for (const { pause, cost } of list) {
          now += pause
          if ((await takeAt(id, now, cost)) === 0) taken += cost
          expect(taken).toBeLessThanOrEqual(count + ((now - start) * count) / (seconds * 1000) + 1e-6)
        }
      }),
      { numRuns: 30 },
    )
  })
})

describe('whoever spends', () => {
  it('is told when to come back', async () => {
    const id = randomUUID()
    await spend({ redis }, 'searches', id, count)
    await expect(spend({ redis }, 'searches', id)).rejects.toMatchObject({
      reason: 'TOO_MANY_REQUESTS',
      detail: { retryAfterSeconds: Math.ceil(seconds / count) },
    })
  })
})

describe('a call with a token', () => {
  const user = { username: 'ada', sessionEpoch: 0 }
  const loadSession = (userId: number) => session.load({ db, redis }, userId)
  const call = (token: string) => admit({ redis, loadSession }, token, 'searches')

  it('is let in by one round trip, which checks the session and takes one', async () => {
    const id = await person('ada')
    const token = issue(localKey(), { id, ...user })
    expect(await call(token)).toMatchObject({ userId: id })
    expect(await roundTrips(redis, () => call(token))).toBe(1)
    for (let calls = 2; calls < count; calls++) await call(token)
    await expect(call(token)).rejects.toMatchObject({ reason: 'TOO_MANY_REQUESTS' })
  })

  it('takes nothing when its session has ended', async () => {
    const id = await person('ada')
    const [ended, other] = [issue(localKey(), { id, ...user }), issue(localKey(), { id, ...user })]
    await session.end({ db, redis }, verify(ended))
    for (let calls = 0; calls < count; calls++)
      await expect(call(ended)).rejects.toMatchObject({ reason: 'SESSION_ENDED' })
    expect(await call(other)).toMatchObject({ userId: id })
    expect(await redis.exists(keys.limit('searches', id))).toBe(1)
  })
})

describe('a call of sync', () => {
  const conversations = (count: number) => range(1, count).map((target_id) => ({ target_id, after_seq: 0 }))

  it('costs one for each 20 conversations or a part of them, and at least one', () => {
    const costs = [0, 1, 20, 21, 40, 200].map((count) => costOf({ conversations: conversations(count) as never }))
    expect(costs).toEqual([1, 1, 1, 2, 2, 10])
  })

  it('takes what it costs from the budget of reads', async () => {
    const id = await person('ada')
    const token = issue(localKey(), { id, username: 'ada', sessionEpoch: 0 })
    const call = async (count: number) => {
      const event = httpEvent('POST /api/chat/sync', { token, body: { conversations: conversations(count) } })
      return (await syncHandler(event as never, lambda)).statusCode
    }
    const affordable = config.limits.reads.count / 10
    const statuses: unknown[] = []
    for (let calls = 0; calls < affordable + 10; calls++) statuses.push(await call(200))
    expect(statuses.slice(0, affordable)).toEqual(Array(affordable).fill(200))
    expect(statuses).toContain(429)
  })
})

describe('a page of a search in messages', () => {
  it('takes as much from the budget of reads as ten others', async () => {
    const id = await person('ada')
    const token = issue(localKey(), { id, username: 'ada', sessionEpoch: 0 })
    const event = { ...httpEvent('GET /api/chat/search', { token }), queryStringParameters: { q: 'hello' } }
    const affordable = config.limits.reads.count / 10
    const statuses: unknown[] = []
    for (let calls = 0; calls < affordable + 10; calls++)
      statuses.push((await searchHandler(event as never, lambda)).statusCode)
    expect(statuses.slice(0, affordable)).toEqual(Array(affordable).fill(200))
    expect(statuses).toContain(429)
  })
})
