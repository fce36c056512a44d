/** Tickets in Redis: taken once, for a short time, and no longer than their session. */
import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import * as keys from '../../lib/core/keys.ts'
import type { Claims } from '../../lib/core/token.ts'
import * as session from '../../lib/service/account/session.ts'
import * as ticket from '../../lib/service/account/ticket.ts'
import { closeClients, db, person, redis } from './stage.ts'

afterAll(closeClients)

const loadSession = (userId: number) => session.load({ db, redis }, userId)
const clients = { redis, loadSession }

let claims: Claims
beforeEach(async () => {
  const userId = await person('ada')
  claims = { userId, username: 'ada', sessionId: `0.${randomUUID()}`, expiresAt: Math.ceil(Date.now() / 1000) + 3_600 }
  await loadSession(userId)
})

const issued = async (given: Partial<Claims> = {}) => (await ticket.issue({ redis }, { ...claims, ...given })).ticket
const redeem = (text: string) => ticket.redeem(clients, text)
const keyOf = (text: string) => keys.ticket(claims.userId, createHash('sha256').update(text).digest('base64url'))

describe('a ticket', () => {
  it('brings the claims of its session to one of many who come with it at once', async () => {
    const text = await issued()
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => redeem(text)))
    expect(all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))).toEqual([claims])
    expect(all.filter((one) => one.status === 'rejected' && one.reason.reason === 'TOKEN_INVALID')).toHaveLength(19)
  })

  it('lives for 30 s, and no longer than its token', async () => {
    expect(await ticket.issue({ redis }, claims)).toMatchObject({ expires_in: 30 })
    const lives = async (given?: Partial<Claims>) => redis.pttl(keyOf(await issued(given)))
    expect(await lives()).toBeGreaterThan(25_000)
    expect(await lives()).toBeLessThanOrEqual(30_000)
    expect(await lives({ expiresAt: Math.floor(Date.now() / 1000) + 5 })).toBeLessThanOrEqual(5_000)
    const text = await issued()
    await redis.pexpire(keyOf(text), 0)
    await expect(redeem(text)).rejects.toMatchObject({ reason: 'TOKEN_INVALID' })
  })

  it('does not live longer because somebody came with it', async () => {
    const text = await issued()
    await redis.pexpire(keyOf(text), 5_000)
    await redeem(text)
    expect(await redis.pttl(keyOf(text))).toBeLessThanOrEqual(5_000)
  })

  it('ends with its session, and with no other of its user', async () => {
    const [own, other] = [await issued(), await issued({ sessionId: `0.${randomUUID()}` })]
    await session.end({ db, redis }, claims)
    await expect(redeem(own)).rejects.toMatchObject({ reason: 'SESSION_ENDED' })
    expect((await redeem(other)).userId).toBe(claims.userId)
  })

  it('is held to the session in MySQL if Redis has lost its copy', async () => {
    const [own, other] = [await issued(), await issued({ sessionId: `0.${randomUUID()}` })]
    await session.end({ db, redis }, claims)
    await redis.del(keys.session(claims.userId))
    await expect(redeem(own)).rejects.toMatchObject({ reason: 'SESSION_ENDED' })
    await redis.del(keys.session(claims.userId))
    expect((await redeem(other)).userId).toBe(claims.userId)
  })

  it('opens nothing for another user, whatever id stands in it', async () => {
    const text = await issued()
    await expect(redeem(text.replace(/^\d+/, String(claims.userId + 64)))).rejects.toMatchObject({
      reason: 'TOKEN_INVALID',
    })
  })

  it('stands in Redis as a hash only', async () => {
    const text = await issued()
    const [, random = ''] = text.split('.')
    const names = await redis.nodes('master')[0]?.keys('*ticket*')
    expect(names?.length).toBeGreaterThan(0)
    expect(names?.filter((name) => name.includes(random))).toEqual([])
    expect(JSON.stringify(await redis.hgetall(keyOf(text)))).not.toContain(random)
  })

  it('is taken once by a call that Redis’ client sends once more', async () => {
    const text = await issued()
    const twice = {
      ...clients,
      redis: {
        evalsha: async (...args: Parameters<typeof redis.evalsha>) => {
          await redis.evalsha(...args)
          return await redis.evalsha(...args)
        },
      } as unknown as typeof redis,
    }
    // Known to Redis by then.
    await redeem(await issued())
    expect(await ticket.redeem(twice, text)).toEqual(claims)
    await expect(redeem(text)).rejects.toMatchObject({ reason: 'TOKEN_INVALID' })
  })
})
