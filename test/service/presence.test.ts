/** Presence and admission: what one frame finds and leaves in Redis. */
import { afterAll, describe, expect, it } from 'vitest'
import { config } from '../../lib/core/config.ts'
import * as keys from '../../lib/core/keys.ts'
import * as session from '../../lib/service/account/session.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import { commandsOf } from './recorder.ts'
import { closeClients, db, device, person, redis } from './stage.ts'

afterAll(closeClients)

const now = Date.now()

async function online(name: string, given: Partial<presence.Connection> = {}): Promise<presence.Connection> {
  const connection = device(await person(name), name, given)
  await session.load({ db, redis }, connection.userId)
  await presence.arrive({ redis }, connection, now)
  return connection
}

const isOnline = async ({ userId }: presence.Connection, at: number): Promise<boolean> =>
  (await presence.onlineAmong({ redis }, [userId], at)).has(userId)

describe('a user', () => {
  it('is online while a connection has been heard from within 90 s', async () => {
    const ada = await online('ada')
    expect(await isOnline(ada, now + 89_000)).toBe(true)
    expect(await isOnline(ada, now + 91_000)).toBe(false)
    await presence.touch({ redis }, ada, 0, now + 60_000)
    expect(await isOnline(ada, now + 149_000)).toBe(true)
  })

  it('stays online until the last device has left', async () => {
    const phone = await online('ada')
    const laptop = { ...phone, id: `laptop-${phone.userId}` }
    await presence.arrive({ redis }, laptop, now)
    await presence.leave({ redis }, phone.userId, phone.id)
    expect(await isOnline(phone, now)).toBe(true)
    await presence.leave({ redis }, phone.userId, laptop.id)
    expect(await isOnline(phone, now)).toBe(false)
  })

  it('goes offline with the last device that was heard from, whatever was lost in silence', async () => {
    const lost = await online('ada')
    const phone = { ...lost, id: `phone-${lost.userId}` }
    await presence.arrive({ redis }, phone, now)
    await presence.touch({ redis }, phone, 0, now + 100_000)
    await presence.leave({ redis }, phone.userId, phone.id)
    expect(await isOnline(phone, now + 100_000)).toBe(false)
    expect(await isOnline(phone, now + 89_000)).toBe(true)
  })

  it('is forgotten when somebody arrives long after the last connection must have ended', async () => {
    const ada = await online('ada')
    const later = now + (keys.ttlSeconds.connection + 1) * 1000
    const neighbour = device(ada.userId + 64, 'bob')
    expect(keys.lastHeard(neighbour.userId)).toBe(keys.lastHeard(ada.userId))
    await presence.arrive({ redis }, neighbour, later)
    expect(await redis.zscore(keys.lastHeard(ada.userId), ada.userId)).toBeNull()
    await presence.leave({ redis }, neighbour.userId, neighbour.id)
  })
})

describe('a thousand users', () => {
  it('are asked about in 64 commands, each for those of one slot', async () => {
    const [ada, bob] = [await online('ada'), await online('bob')]
    const others = Array.from({ length: 1_000 }, (_, index) => bob.userId + 1_000_000 + index)
    await redis.ping()
    let found = new Set<number>()
    const commands = await commandsOf(redis, async () => {
      found = await presence.onlineAmong({ redis }, [ada.userId, ...others, bob.userId], now)
    })
    expect([...found].sort()).toEqual([ada.userId, bob.userId].sort())
    expect(commands).toHaveLength(64)
  })
})

describe('a frame', () => {
  it('puts back a connection that Redis has lost, and tells it once to catch up', async () => {
    const ada = await online('ada', { takesArrays: true })
    await redis.del(keys.connections(ada.userId))
    await redis.zrem(keys.lastHeard(ada.userId), ada.userId)
    expect(await presence.touch({ redis }, ada, 0, now)).toEqual({ session: 'active', mustResync: true, waitMs: 0 })
    expect(await presence.touch({ redis }, ada, 0, now)).toEqual({ session: 'active', mustResync: false, waitMs: 0 })
    expect(await isOnline(ada, now)).toBe(true)
    const [back] = (await presence.recipientsOf({ redis }, [ada.userId])).get(ada.userId) ?? []
    expect(back).toEqual({
      connectionId: ada.id,
      connectedAt: ada.connectedAt,
      takesArrays: true,
      sessionId: ada.sessionId,
    })
  })

  it('is told when Redis has lost what it knew of the sessions', async () => {
    const ada = await online('ada')
    await redis.del(keys.session(ada.userId))
    expect((await presence.touch({ redis }, ada, 0, now)).session).toBe('unloaded')
    await session.load({ db, redis }, ada.userId)
    expect((await presence.touch({ redis }, ada, 0, now)).session).toBe('active')
  })

  it('of a session that has ended finds that out, and does not keep the user online', async () => {
    const ada = await online('ada')
    const claims = { userId: ada.userId, username: 'ada', sessionId: ada.sessionId, expiresAt: now / 1000 + 60 }
    await session.end({ db, redis }, claims)
    expect((await presence.touch({ redis }, ada, 0, now + 80_000)).session).toBe('ended')
    expect(await isOnline(ada, now + 100_000)).toBe(false)
  })

  it('above the rate has to wait, and not longer than the bucket needs', async () => {
    const ada = await online('ada')
    const { perSecond, burst } = config.messageRate
    for (let sent = 0; sent < burst; sent++) {
      expect((await presence.touch({ redis }, ada, 1, now)).waitMs).toBe(0)
    }
    const { waitMs } = await presence.touch({ redis }, ada, 1, now)
    expect(waitMs).toBe(1000 / perSecond)
    expect((await presence.touch({ redis }, ada, 0, now)).waitMs).toBe(0)
    expect((await presence.touch({ redis }, ada, 1, now + waitMs)).waitMs).toBe(0)
  })
})

describe('a session', () => {
  it('that has ended stays ended after Redis has lost everything', async () => {
    const userId = await person('ada')
    const claims = { userId, username: 'ada', sessionId: '0.one', expiresAt: now / 1000 + 60 }
    await session.end({ db, redis }, claims)
    await redis.del(keys.session(userId))
    await session.load({ db, redis }, userId)
    expect((await presence.touch({ redis }, device(userId, 'x', { sessionId: '0.one' }), 0, now)).session).toBe('ended')
    expect((await presence.touch({ redis }, device(userId, 'y', { sessionId: '0.two' }), 0, now)).session).toBe(
      'active',
    )
  })

  it('that changed the password is the only one left of those before', async () => {
    const userId = await person('ada')
    const claims = { userId, username: 'ada', sessionId: '0.kept', expiresAt: now / 1000 + 60 }
    expect(await session.replacePassword({ db, redis }, claims, { from: 'x', to: 'y' })).toBe(true)
    const stateOf = async (sessionId: string) =>
      (await presence.touch({ redis }, device(userId, 'x', { sessionId }), 0, now)).session
    expect(await stateOf('0.kept')).toBe('active')
    expect(await stateOf('0.other')).toBe('ended')
    expect(await stateOf('1.new')).toBe('active')
  })

  it('cannot be brought back by a copy that was read before it ended', async () => {
    const userId = await person('ada')
    const claims = { userId, username: 'ada', sessionId: '0.kept', expiresAt: now / 1000 + 60 }
    await Promise.all([
      session.load({ db, redis }, userId),
      session.replacePassword({ db, redis }, claims, { from: 'x', to: 'y' }),
      session.load({ db, redis }, userId),
    ])
    const touched = await presence.touch({ redis }, device(userId, 'x', { sessionId: '0.other' }), 0, now)
    expect(touched.session).toBe('ended')
  })

  it('loses the race of two password changes at once: one wins', async () => {
    const userId = await person('ada')
    const change = (sessionId: string) =>
      session.replacePassword(
        { db, redis },
        { userId, username: 'ada', sessionId, expiresAt: now / 1000 + 60 },
        { from: 'x', to: sessionId },
      )
    expect((await Promise.all([change('0.a'), change('0.b')])).filter(Boolean)).toHaveLength(1)
  })
})
