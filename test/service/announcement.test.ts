/** Who is told that a friend comes or goes: when, how often, and who is not. */
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openDb } from '../../lib/client/mysql.ts'
import { config } from '../../lib/core/config.ts'
import * as keys from '../../lib/core/keys.ts'
import { RelationType } from '../../lib/schema/tables.ts'
import * as session from '../../lib/service/account/session.ts'
import { onlineAmong } from '../../lib/service/connection/online.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import { announce, announceUntil } from '../../lib/service/contact/announcement.ts'
import * as block from '../../lib/service/contact/block.ts'
import { commandsOf, recordingDb } from './recorder.ts'
import {
  befriend,
  closeClients,
  connected,
  db,
  device,
  friends,
  listeningGateway,
  person,
  redis,
  unfriend,
} from './stage.ts'
import { group } from './talk.ts'

afterAll(closeClients)

// Before they say anything themselves, watchers may be silent for so long.
const patient = { heartbeatMs: 480_000 }
const { friends: mostFriends, changesPerMinute } = config.presence
const quietMs = 60_000 / changesPerMinute

let begun: number
let ada: number
let bob: number
let listening: ReturnType<typeof listeningGateway>

const at = (seconds: number): number => begun + seconds * 1_000
const clients = () => ({ db, redis, gateway: listening.gateway })
const come = (name = 'phone', seconds = 0, given: Partial<presence.Connection> = {}) =>
  presence.arrive({ redis }, device(ada, name, given), at(seconds))
const go = (name = 'phone', seconds = 0) => presence.leave({ redis }, ada, device(ada, name).id, at(seconds))

/** Rounds until there is nothing more to tell at that time. */
async function lookAt(seconds: number): Promise<void> {
  while ((await announce(clients(), at(seconds))) > 0);
}

/** What somebody was told of ada so far. */
const toldTo = (userId: number): unknown[] =>
  listening
    .framesTo(`watching-${userId}`)
    .filter(({ event, user_id }) => event === 'presence' && user_id === ada)
    .map(({ online }) => online)

beforeEach(async () => {
  ;({ ada, bob } = await friends())
  await session.load({ db, redis }, ada)
  await connected(bob, 'watching', patient)
  // What other tests have left is told to nobody who listens here.
  listening = listeningGateway()
  begun = Date.now()
  await lookAt(4)
  listening = listeningGateway()
})

describe('a friend who comes', () => {
  it('is told when that has lasted for three seconds, once, and in one shape', async () => {
    await come()
    await lookAt(2.9)
    expect(listening.posts).toEqual([])
    await lookAt(3)
    await lookAt(4)
    await lookAt(80)
    expect(listening.framesTo(`watching-${bob}`)).toEqual([{ type: 8, event: 'presence', user_id: ada, online: true }])
  })

  it('and is gone before is told to nobody', async () => {
    await come()
    for (const seconds of [0, 1, 2.9]) await lookAt(seconds)
    await go('phone', 2.9)
    for (const seconds of [3, 5.8, 6, 60]) await lookAt(seconds)
    expect(listening.posts).toEqual([])
  })

  it('is told to every device of everybody who is there, those that take arrays and those that do not', async () => {
    const eve = await person('eve')
    await befriend(ada, eve)
    await connected(eve, 'watching', { ...patient, takesArrays: true })
    await connected(eve, 'tablet', patient)
    await come()
    await lookAt(3)
    expect(listening.posts.map(({ connectionId }) => connectionId).sort()).toEqual(
      [`watching-${bob}`, `watching-${eve}`, `tablet-${eve}`].sort(),
    )
  })
})

describe('a friend who goes', () => {
  beforeEach(async () => {
    await come()
    await lookAt(3)
  })

  it('is told when that has lasted for three seconds', async () => {
    await go('phone', 20)
    await lookAt(22.9)
    expect(toldTo(bob)).toEqual([true])
    await lookAt(23)
    await lookAt(60)
    expect(toldTo(bob)).toEqual([true, false])
  })

  it('and is back before is told to nobody', async () => {
    await go('phone', 20)
    for (const seconds of [20, 21, 22.5]) await lookAt(seconds)
    await come('again', 22.5)
    for (const seconds of [23, 25.5, 60]) await lookAt(seconds)
    expect(toldTo(bob)).toEqual([true])
  })

  it('by one of several devices is told with the last one', async () => {
    await come('desk', 10)
    await lookAt(15)
    await go('phone', 20)
    await lookAt(30)
    expect(toldTo(bob)).toEqual([true])
    await go('desk', 40)
    await lookAt(43)
    expect(toldTo(bob)).toEqual([true, false])
  })

  it('is not told twice by `$disconnect`s that come late', async () => {
    await go('phone', 20)
    await lookAt(23)
    await go('phone', 40)
    for (const seconds of [43, 60]) await lookAt(seconds)
    expect(toldTo(bob)).toEqual([true, false])
  })
})

describe('a friend who is lost in silence', () => {
  it.each([30, 480])(
    'is told at the moment when the list says so: %i s after the last frame, and a minute',
    async (seconds) => {
      await connected(bob, 'watching', { heartbeatMs: 3_600_000 })
      await come('phone', 0, { heartbeatMs: seconds * 1_000 })
      await lookAt(3)
      await presence.touch({ redis }, device(ada, 'phone', { heartbeatMs: seconds * 1_000 }), 0, at(20))
      const last = 20 + seconds + 60
      for (const [time, isOnline] of [
        [seconds + 60.001, true],
        [last, true],
        [last + 0.001, false],
      ] as const) {
        await lookAt(time)
        expect((await onlineAmong({ redis }, [ada], at(time))).has(ada)).toBe(isOnline)
        expect(toldTo(bob).at(-1)).toBe(isOnline)
      }
    },
  )

  it('is told in the time of the device that is left, when a more patient one leaves', async () => {
    await come('phone')
    await come('desk', 0, { heartbeatMs: 480_000 })
    await lookAt(3)
    await go('desk', 20)
    await lookAt(90)
    expect(toldTo(bob)).toEqual([true])
    await lookAt(90.001)
    expect(toldTo(bob)).toEqual([true, false])
  })

  it('and speaks after all is told of again', async () => {
    await come()
    await lookAt(3)
    await lookAt(91)
    expect(toldTo(bob)).toEqual([true, false])
    await presence.touch({ redis }, device(ada, 'phone'), 0, at(120))
    await lookAt(123)
    expect(toldTo(bob)).toEqual([true, false, true])
  })

  it('together with all that Redis knew is told when they speak, and when they go', async () => {
    await come()
    await lookAt(3)
    for (const key of [keys.due(ada), keys.looks(ada), keys.announced(ada), keys.connections(ada)]) await redis.del(key)
    await connected(bob, 'watching', patient)
    await presence.touch({ redis }, device(ada, 'phone'), 0, at(20))
    await lookAt(23)
    await go('phone', 40)
    await lookAt(43)
    expect(toldTo(bob)).toEqual([true, true, false])
  })
})

describe('a change', () => {
  it('is told again when whoever was to tell it dies, and by nobody else meanwhile', async () => {
    await come()
    const away = openDb({ url: 'mysql://root@127.0.0.1:1/none' })
    await expect(announce({ ...clients(), db: away }, at(3))).rejects.toThrow()
    await away.destroy()
    await lookAt(10)
    expect(toldTo(bob)).toEqual([])
    await lookAt(23)
    await lookAt(60)
    expect(toldTo(bob)).toEqual([true])
  })

  it('that comes while another is told is told after it', async () => {
    listening = listeningGateway(async ({ text }) => {
      if (text.includes(`"user_id":${ada},"online":true`)) await go('phone', 3.2)
      return 'sent' as const
    })
    await come()
    await lookAt(3)
    await lookAt(3 + quietMs / 1_000)
    expect(toldTo(bob)).toEqual([true, false])
  })

  it('is one statement and a command a hash tag, however many there are, and one text for all', async () => {
    const everybody = await Promise.all(Array.from({ length: 20 }, () => person('eve')))
    for (const eve of everybody) {
      await befriend(ada, eve)
      await connected(eve, 'watching', patient)
    }
    await lookAt(5)
    await come()
    const { db: recorded, statements } = recordingDb()
    const commands = await commandsOf(redis, () => announce({ ...clients(), db: recorded }, at(10)))
    await recorded.destroy()
    expect(statements).toHaveLength(1)
    const count = (name: string) => commands.filter((one) => one === name).length
    expect({ scripts: count('evalsha'), lists: count('hgetall') }).toEqual({ scripts: 64 + 1, lists: 21 })
    expect(count('zmscore')).toBeLessThanOrEqual(21)
    const frame = JSON.stringify({ type: 8, event: 'presence', user_id: ada, online: true })
    expect(listening.posts.filter(({ text }) => text === frame)).toHaveLength(21)
  })
})

describe('nobody', () => {
  it('is told who is no friend: strangers, those whose friendship ended, the blocked and those who block', async () => {
    const [stranger, former, blocked, blocking] = await Promise.all(
      ['stranger', 'former', 'blocked', 'blocking'].map((name) => person(name)),
    )
    const others = [stranger, former, blocked, blocking] as [number, number, number, number]
    for (const other of others) {
      await befriend(ada, other)
      await connected(other, 'watching', patient)
    }
    await unfriend(ada, others[0])
    await unfriend(ada, others[1])
    await block.block(clients(), ada, { target_id: others[2] })
    await block.block(clients(), others[3], { target_id: ada })
    await come()
    await lookAt(5)
    expect(others.map(toldTo)).toEqual([[], [], [], []])
    expect(toldTo(bob)).toEqual([true])
  })

  it('is told for a group that they share', async () => {
    const member = await person('member')
    await group(ada, member)
    await connected(member, 'watching', patient)
    await come()
    await lookAt(5)
    expect([toldTo(member), toldTo(bob)]).toEqual([[], [true]])
  })

  it('is told of somebody with more friends than the bound, and everybody at the bound', async () => {
    await addFriends(ada, mostFriends - 1)
    await come()
    await lookAt(3)
    expect(toldTo(bob)).toEqual([true])
    await addFriends(ada, 1)
    await go('phone', 20)
    await lookAt(30)
    expect(toldTo(bob)).toEqual([true])
  })

  it('is told of somebody who comes and goes within seconds, however often', async () => {
    for (let second = 0; second < 60; second += 2) {
      await come('phone', second)
      await lookAt(second)
      await go('phone', second + 1)
      await lookAt(second + 1)
    }
    expect(toldTo(bob)).toEqual([])
  })
})

describe('somebody who comes and goes again and again', () => {
  it('is told of so often a minute and no more, and at the end as it is', async () => {
    const minutes = 2
    for (let second = 0; second < minutes * 60; second += 1) {
      if (second % 8 === 0) await come('phone', second)
      if (second % 8 === 4) await go('phone', second)
      await lookAt(second)
    }
    const told = toldTo(bob).length
    expect(told).toBeGreaterThan(changesPerMinute)
    expect(told).toBeLessThanOrEqual(minutes * changesPerMinute + 1)
    await lookAt(minutes * 60 + 30)
    expect(toldTo(bob).at(-1)).toBe(false)
    for (const [index, isOnline] of toldTo(bob).entries()) expect(isOnline).toBe(index % 2 === 0)
  })
})

describe('a round', () => {
  it('tells 2,000 friends or so; the changes that are too many come with the next ones', async () => {
    const crowd = await addFriends(ada, mostFriends - 1)
    for (const id of crowd) await redis.zadd(keys.due(id), at(600), id)
    const popular = await Promise.all(Array.from({ length: 5 }, () => person('popular')))
    for (const one of popular) {
      await befriend(one, bob)
      await addRelations(one, crowd)
      await presence.arrive({ redis }, device(one, 'phone'), at(0))
    }
    const told = () => listening.framesTo(`watching-${bob}`).map(({ user_id }) => Number(user_id))
    const counts: number[] = []
    for (const seconds of [3, 4, 24]) {
      await announce(clients(), at(seconds))
      counts.push(told().length)
    }
    expect(counts).toEqual([4, 4, 5])
    expect(told().sort()).toEqual([...popular].sort())
    for (const id of crowd) await redis.zrem(keys.due(id), id)
  })
})

let stranger = 1_000_000_000

/** Gives somebody friends who never were here; returns their ids. */
async function addFriends(owner: number, count: number): Promise<number[]> {
  const ids = Array.from({ length: count }, () => stranger++)
  await addRelations(owner, ids)
  return ids
}

async function addRelations(owner_id: number, ids: readonly number[]): Promise<void> {
  const common = { owner_id, type: RelationType.friend, conversation_id: 0, last_read_msg_id: 0, created_at: begun }
  await db
    .insertInto('relations')
    .values(ids.map((target_id) => ({ ...common, target_id })))
    .execute()
}

it('a round that fails does not end those after it, and the run counts as an error in the end', async () => {
  // In time to come, so that no other announcer on this Redis is there before.
  const realNow = Date.now
  const now = vi.spyOn(Date, 'now').mockImplementation(() => realNow() + 60_000)
  onTestFinished(() => now.mockRestore())
  await come('phone', 50)
  const backAt = Date.now() + 500
  const failing = new Proxy(redis, {
    get(target, name) {
      if (Date.now() < backAt) throw new Error('Redis is away')
      const found = Reflect.get(target, name)
      return typeof found === 'function' ? found.bind(target) : found
    },
  })
  const run = announceUntil({ ...clients(), redis: failing }, Date.now() + 1_500)
  await expect(run).rejects.toThrow('Redis is away')
  expect(toldTo(bob)).toEqual([true])
})
