/** Presence and admission: what one frame finds and leaves in Redis. */
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { config } from '../../lib/core/config.ts'
import * as keys from '../../lib/core/keys.ts'
import * as session from '../../lib/service/account/session.ts'
import { onlineAmong } from '../../lib/service/connection/online.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import { recipientsOf } from '../../lib/service/connection/recipient.ts'
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
  (await onlineAmong({ redis }, [userId], at)).has(userId)

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

  it('is forgotten when somebody arrives after the last connection has been silent for too long', async () => {
    const ada = await online('ada')
    const later = now + 91_000
    const neighbour = device(ada.userId + 64, 'bob')
    expect(keys.due(neighbour.userId)).toBe(keys.due(ada.userId))
    await presence.arrive({ redis }, neighbour, later)
    expect(await redis.zscore(keys.due(ada.userId), ada.userId)).toBeNull()
    await presence.leave({ redis }, neighbour.userId, neighbour.id)
  })
})

const second = 1_000
const minute = 60 * second

describe('a connection that may be silent for longer', () => {
  it.each([30, 31, 240, 480])('keeps its user online for %i s and a minute, and no longer', async (seconds) => {
    const ada = await online('ada', { heartbeatMs: seconds * second })
    expect(await isOnline(ada, now + seconds * second + minute)).toBe(true)
    expect(await isOnline(ada, now + seconds * second + minute + 1)).toBe(false)
    await presence.touch({ redis }, ada, 0, now + 10 * second)
    expect(await isOnline(ada, now + 10 * second + seconds * second + minute)).toBe(true)
    expect(await isOnline(ada, now + 10 * second + seconds * second + minute + 1)).toBe(false)
  })

  it('takes one command a frame, as any other', async () => {
    const ada = await online('ada', { heartbeatMs: 480 * second })
    await presence.touch({ redis }, ada, 0, now)
    expect(await commandsOf(redis, () => presence.touch({ redis }, ada, 0, now))).toEqual(['evalsha'])
  })

  it('is put back with its interval when Redis has lost it', async () => {
    const ada = await online('ada', { heartbeatMs: 480 * second })
    const phone = { ...ada, id: `phone-${ada.userId}`, heartbeatMs: 30 * second }
    await redis.del(keys.connections(ada.userId))
    await redis.zrem(keys.due(ada.userId), ada.userId)
    await presence.touch({ redis }, ada, 0, now)
    await presence.touch({ redis }, phone, 0, now)
    await presence.leave({ redis }, phone.userId, phone.id)
    expect(await isOnline(ada, now + 539 * second)).toBe(true)
    expect(await isOnline(ada, now + 541 * second)).toBe(false)
  })
})

describe('two devices, of which one may be silent for 480 s', () => {
  async function both() {
    const desk = await online('ada', { heartbeatMs: 480 * second })
    const phone = { ...desk, id: `phone-${desk.userId}`, heartbeatMs: 30 * second }
    await presence.arrive({ redis }, phone, now + second)
    return { desk, phone, isOnlineAt: (seconds: number) => isOnline(desk, now + seconds * second) }
  }
  const touch = (connection: presence.Connection, seconds: number) =>
    presence.touch({ redis }, connection, 0, now + seconds * second)

  it('keep their user online as long as the more patient one allows, whatever the other says', async () => {
    const { phone, isOnlineAt } = await both()
    for (const at of [30, 60, 90]) await touch(phone, at)
    expect(await isOnlineAt(539)).toBe(true)
    expect(await isOnlineAt(541)).toBe(false)
    await touch(phone, 500)
    expect(await isOnlineAt(589)).toBe(true)
    expect(await isOnlineAt(591)).toBe(false)
  })

  it('leave the other’s time when one goes', async () => {
    const { desk, phone, isOnlineAt } = await both()
    await touch(phone, 30)
    await presence.leave({ redis }, desk.userId, desk.id)
    expect(await isOnlineAt(119)).toBe(true)
    expect(await isOnlineAt(121)).toBe(false)
    await touch(desk, 40)
    await presence.leave({ redis }, phone.userId, phone.id)
    expect(await isOnlineAt(579)).toBe(true)
    expect(await isOnlineAt(581)).toBe(false)
  })

  it('and comes back in haste after it was lost in silence, keep the time of the lost one until it is found out', async () => {
    const { desk, phone, isOnlineAt } = await both()
    const again = { ...desk, id: `again-${desk.userId}`, heartbeatMs: 30 * second }
    await presence.arrive({ redis }, again, now + 100 * second)
    await presence.leave({ redis }, phone.userId, phone.id)
    expect(await isOnlineAt(539)).toBe(true)
    await presence.leave({ redis }, desk.userId, desk.id)
    expect(await isOnlineAt(189)).toBe(true)
    expect(await isOnlineAt(191)).toBe(false)
  })
})

describe('any devices, with any intervals', () => {
  const connected = fc.record({
    do: fc.constant('come' as const),
    device: fc.nat({ max: 3 }),
    seconds: fc.integer({ min: 30, max: 480 }),
  })
  const acted = fc.record({ do: fc.constantFrom('speak' as const, 'leave' as const), device: fc.nat({ max: 3 }) })
  const steps = fc.array(fc.record({ after: fc.nat({ max: 300 }), step: fc.oneof(connected, acted) }), {
    maxLength: 20,
  })

  it('have their user online exactly until a minute after the last frame is due', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const userId = await person('ada')
        await session.load({ db, redis }, userId)
        // In the past, since who arrives forgets those who are offline by then.
        let at = now - 7_000 * second
        const open = new Map<number, presence.Connection>()
        const until = new Map<number, number>()
        for (const { after, step } of taken) {
          at += after * second
          const known = open.get(step.device)
          if (step.do === 'leave') {
            await presence.leave({ redis }, userId, `${step.device}-${userId}`)
            open.delete(step.device)
            until.delete(step.device)
          } else {
            const ofStep = step.do === 'come' ? step.seconds * second : known?.heartbeatMs
            if (ofStep === undefined) continue
            const connection = known ?? device(userId, String(step.device), { heartbeatMs: ofStep })
            open.set(step.device, connection)
            if (known) await presence.touch({ redis }, connection, 0, at)
            else await presence.arrive({ redis }, connection, at)
            until.set(step.device, at + connection.heartbeatMs + minute)
          }
          const last = Math.max(0, ...until.values())
          const online = await Promise.all([at, last, last + 1].map((time) => onlineAmong({ redis }, [userId], time)))
          expect(online.map((users) => users.has(userId))).toEqual([last >= at, last > 0, false])
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('a connection that a version before has stored', () => {
  /** As it was: the time of the last frame in both places, and no interval. */
  async function storedBefore(heardAt: number) {
    const ada = device(await person('ada'), 'ada')
    await session.load({ db, redis }, ada.userId)
    const { id, userId, connectedAt: at, takesArrays, sessionId } = ada
    await redis.hset(
      keys.connections(userId),
      id,
      JSON.stringify({ at, takesArrays, session: sessionId, heard: heardAt }),
    )
    await redis.zadd(keys.due(userId), heardAt, userId)
    return ada
  }

  it('is online until its next heartbeat, also when others arrive; and from then on as any other', async () => {
    const ada = await storedBefore(now)
    const neighbour = device(ada.userId + 64, 'bob')
    await presence.arrive({ redis }, neighbour, now + 45 * second)
    await presence.leave({ redis }, neighbour.userId, neighbour.id)
    expect(await isOnline(ada, now + 59 * second)).toBe(true)
    expect(await isOnline(ada, now + 61 * second)).toBe(false)
    expect(await presence.touch({ redis }, ada, 0, now + 30 * second)).toMatchObject({ mustResync: false })
    expect(await isOnline(ada, now + 119 * second)).toBe(true)
    expect(await isOnline(ada, now + 121 * second)).toBe(false)
  })

  it('gets its messages, and counts for 90 s beside one of now that leaves', async () => {
    const ada = await storedBefore(now)
    const phone = { ...ada, id: `phone-${ada.userId}`, heartbeatMs: 480 * second }
    await presence.arrive({ redis }, phone, now)
    expect((await recipientsOf({ redis }, [ada.userId])).get(ada.userId)).toHaveLength(2)
    await presence.leave({ redis }, phone.userId, phone.id)
    expect(await isOnline(ada, now + 89 * second)).toBe(true)
    expect(await isOnline(ada, now + 91 * second)).toBe(false)
  })

  it('is not online for ever when it was lost in silence', async () => {
    const ada = await storedBefore(now - 600 * second)
    expect(await isOnline(ada, now)).toBe(false)
    await presence.leave({ redis }, ada.userId, ada.id)
    expect(await redis.zscore(keys.due(ada.userId), ada.userId)).toBeNull()
  })
})

describe('a thousand users', () => {
  it('are asked about in 64 commands, each for those of one slot', async () => {
    const [ada, bob] = [await online('ada'), await online('bob')]
    const others = Array.from({ length: 1_000 }, (_, index) => bob.userId + 1_000_000 + index)
    await redis.ping()
    let found = new Set<number>()
    const commands = await commandsOf(redis, async () => {
      found = await onlineAmong({ redis }, [ada.userId, ...others, bob.userId], now)
    })
    expect([...found].sort()).toEqual([ada.userId, bob.userId].sort())
    expect(commands).toHaveLength(64)
  })
})

describe('a frame', () => {
  it('puts back a connection that Redis has lost, and tells it once to catch up', async () => {
    const ada = await online('ada', { takesArrays: true })
    await redis.del(keys.connections(ada.userId))
    await redis.zrem(keys.due(ada.userId), ada.userId)
    expect(await presence.touch({ redis }, ada, 0, now)).toEqual({ session: 'active', mustResync: true, waitMs: 0 })
    expect(await presence.touch({ redis }, ada, 0, now)).toEqual({ session: 'active', mustResync: false, waitMs: 0 })
    expect(await isOnline(ada, now)).toBe(true)
    const [back] = (await recipientsOf({ redis }, [ada.userId])).get(ada.userId) ?? []
    expect(back).toEqual({
      connectionId: ada.id,
      connectedAt: ada.connectedAt,
      takesArrays: true,
      sessionId: ada.sessionId,
      heardAt: now,
      expiresAt: ada.expiresAt,
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
    expect(await session.replacePassword({ db, redis }, claims, { from: 'x', to: 'y' })).toBe(1)
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
