/** The fan-out: slices posted to the connections of their users. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import * as keys from '../../lib/core/keys.ts'
import { fanOut } from '../../lib/service/connection/fan-out.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import { recipientsOf } from '../../lib/service/connection/recipient.ts'
import * as slice from '../../lib/service/connection/slice.ts'
import * as deadLetter from '../../lib/service/message/dead-letter.ts'
import { FrameType } from '../../lib/wire/frame.ts'
import { GivenUp } from '../../lib/wire/record.ts'
import { deliveredSlices } from './crowd.ts'
import { outputOf } from './output.ts'
import { commandsOf } from './recorder.ts'
import {
  closeClients,
  connected,
  db,
  device,
  listeningGateway,
  listeningTopic,
  noSlices,
  range,
  redis,
} from './stage.ts'

afterAll(closeClients)

// Nothing of them is in the database.
let next = Date.now() * 1_000
const users = (count: number): number[] => range(1, count).map(() => next++)
const late = 2_500

const frameOf = (seq: number) => ({ type: FrameType.event, event: 'group_changed', group_id: seq }) as const
const pushOf = (userIds: readonly number[], seq: number, except?: string): slice.KeyedPush => ({
  ...{ userIds, key: 'group:1', frame: frameOf(seq) },
  ...(except !== undefined && { except }),
})
const seqsOf = (frames: readonly Record<string, unknown>[]) => frames.map(({ group_id, event }) => group_id ?? event)

/** Pushes as slices, written so many ms ago. */
async function slices(pushes: readonly slice.KeyedPush[], ageMs = 0) {
  const { sent, topic } = listeningTopic()
  await slice.send({ slices: topic }, pushes)
  return deliveredSlices(sent, ageMs)
}

function stage(answers?: Parameters<typeof listeningGateway>[0]) {
  const { gateway, posts, framesTo } = listeningGateway(answers)
  return { posts, framesTo, clients: { redis, gateway, deadLetters: noSlices } }
}

describe('slices', () => {
  it('are posted to all connections of their users, in order, except to the one that each came from', async () => {
    const userIds = users(100)
    const [ada = 0, bob = 0] = userIds
    const phone = await connected(ada, 'phone')
    const laptop = await connected(ada, 'laptop', { takesArrays: true })
    const bobs = await connected(bob, 'phone')
    const elsewhere = await connected(next++, 'phone')
    const { posts, framesTo, clients } = stage()
    const batch = await slices(range(1, 20).map((seq) => pushOf(userIds, seq, seq === 7 ? phone.id : bobs.id)))
    const more = await slices(range(21, 25).map((seq) => pushOf(userIds, seq)))
    await fanOut(clients, [...batch, ...more])
    expect(seqsOf(framesTo(phone.id))).toEqual(range(1, 25).filter((seq) => seq !== 7))
    expect(seqsOf(framesTo(laptop.id))).toEqual(range(1, 25))
    expect(seqsOf(framesTo(bobs.id))).toEqual([7, ...range(21, 25)])
    expect(framesTo(elsewhere.id)).toEqual([])
    expect(posts).toHaveLength(24 + 1 + 6)
  })

  it('are not posted to who was logged out, who is told so', async () => {
    const [ada = 0] = users(1)
    const phone = await connected(ada, 'phone', { expiresAt: Date.now() - 1 })
    const { framesTo, clients } = stage()
    await fanOut(clients, await slices([pushOf([ada], 1)]))
    expect(framesTo(phone.id)).toMatchObject([{ type: 10, reason: 'TOKEN_EXPIRED' }])
  })

  it('come again when Redis does not say who is connected', async () => {
    const { clients, posts } = stage()
    const away = Object.create(redis, { hgetall: { value: () => Promise.reject(new Error('Connection is closed.')) } })
    const batch = await slices([pushOf(users(1), 1)])
    await expect(fanOut({ ...clients, redis: away }, batch)).rejects.toThrow('Connection is closed')
    expect(posts).toEqual([])
  })

  it('that cannot be read are filed as dead letters, and the others are posted', async () => {
    const [ada = 0] = users(1)
    const phone = await connected(ada, 'phone')
    const { framesTo, clients } = stage()
    const { sent, topic } = listeningTopic()
    const [good] = await slices([pushOf([ada], 1)])
    if (!good) throw new Error('no slice')
    const bad = { ...good, offset: good.offset + 1, value: undefined, payload: Buffer.from('no slice') }
    await fanOut({ ...clients, deadLetters: topic }, [bad, good])
    expect(seqsOf(framesTo(phone.id))).toEqual([1])
    const [letter] = sent.map(({ value }) => GivenUp.parse(JSON.parse(String(value))))
    if (!letter) throw new Error('no letter')
    await deadLetter.fileGivenUp({ db }, [{ ...good, value: letter }])
    const filed = db
      .selectFrom('dead_letters')
      .selectAll()
      .where('topic', '=', bad.topic)
      .where('offset', '=', bad.offset)
    expect(await filed.executeTakeFirst()).toMatchObject({
      reason: 'given up: undecodable',
      payload: bad.payload,
      record_key: bad.key,
    })
  })

  it('write one line: how long the oldest has waited, what was posted, who was told to catch up', async () => {
    const [ada = 0, bob = 0] = users(2)
    await connected(ada, 'phone')
    await connected(bob, 'laptop', { takesArrays: true })
    const batch = await slices([pushOf([ada, bob], 1)], 5_000)
    const lines = await outputOf(() => fanOut(stage().clients, batch))
    const [line] = lines.map((text) => JSON.parse(text)).filter((one) => '_aws' in one)
    expect(line).toMatchObject({ Pushed: 2, Behind: 1 })
    expect(line.FanOutLag).toBeGreaterThanOrEqual(5_000)
    expect(line).not.toHaveProperty('Lag')
  })
})

describe('a fan-out that is behind', () => {
  let ada: number
  let phone: presence.Connection
  let laptop: presence.Connection
  let seen: ReturnType<typeof stage>
  const say = async (seqs: readonly number[], ageMs = 0) =>
    await fanOut(
      seen.clients,
      await slices(
        seqs.map((seq) => pushOf([ada], seq)),
        ageMs,
      ),
    )
  beforeEach(async () => {
    ada = next++
    phone = await connected(ada, 'phone')
    laptop = await connected(ada, 'laptop', { takesArrays: true })
    seen = stage()
  })

  it('tells connections that take arrays to catch up, and posts to the others', async () => {
    await say(range(1, 30), late)
    expect(seqsOf(seen.framesTo(laptop.id))).toEqual(['resync'])
    expect(seqsOf(seen.framesTo(phone.id))).toEqual(range(1, 30))
  })

  it('tells a connection once a second', async () => {
    for (const seq of range(1, 5)) await say([seq], late)
    expect(seqsOf(seen.framesTo(laptop.id))).toEqual(['resync'])
    await sleep(1_050)
    await say([6], late)
    expect(seqsOf(seen.framesTo(laptop.id))).toEqual(['resync', 'resync'])
    expect(seqsOf(seen.framesTo(phone.id))).toEqual(range(1, 6))
  })

  it('leaves out nothing that came in time', async () => {
    await say([1], late)
    await fanOut(seen.clients, [...(await slices([pushOf([ada], 2)], late)), ...(await slices([pushOf([ada], 3)]))])
    await say([4])
    expect(seqsOf(seen.framesTo(laptop.id))).toEqual(['resync', 2, 3, 4])
  })

  it('tells a connection for which more than a hundred frames wait, but posts them if it was told just now', async () => {
    await say(range(1, 100))
    expect(seen.framesTo(laptop.id)).toHaveLength(100)
    await say(range(101, 201))
    expect(seqsOf(seen.framesTo(laptop.id)).slice(100)).toEqual(['resync'])
    await say(range(202, 302))
    expect(seqsOf(seen.framesTo(laptop.id)).slice(101)).toEqual(range(202, 302))
  })

  it('tells again in a batch that comes again, if the first was not posted', async () => {
    const batch = await slices([pushOf([ada], 1)], late)
    const died = {
      ...seen.clients,
      gateway: { ...seen.clients.gateway, post: () => Promise.reject(new Error('died')) },
    }
    await expect(fanOut(died, batch)).rejects.toThrow('died')
    await fanOut(seen.clients, batch)
    expect(seqsOf(seen.framesTo(laptop.id))).toEqual(['resync'])
  })

  it('spreads over a second when those ask whom it tells together, and lets one ask at once', async () => {
    const many = users(200)
    const all = many.map((userId) => device(userId, 'laptop', { takesArrays: true }))
    await Promise.all(all.map((connection) => presence.arrive({ redis }, connection, Date.now())))
    await fanOut(seen.clients, await slices([pushOf(many, 1)], late))
    const waits = all.map(({ id }) => Number(seen.framesTo(id)[0]?.after_ms ?? 0))
    expect(Math.max(...waits)).toBeLessThan(1_000)
    expect(waits.filter((ms) => ms < 500).length).toBeGreaterThan(50)
    expect(waits.filter((ms) => ms >= 500).length).toBeGreaterThan(50)
    await say([1], late)
    expect(Number(seen.framesTo(laptop.id)[0]?.after_ms ?? 0)).toBeLessThan(10)
  })
})

describe('the connections of many users', () => {
  it('are found by at most 64 commands, a slice’s by four', async () => {
    const many = users(2_000)
    const some = many.filter((_, index) => index % 100 === 0)
    for (const userId of some) await connected(userId, 'phone')
    // The scripts are known from now on.
    await recipientsOf({ redis }, many)
    const commands = await commandsOf(redis, async () => {
      const found = await recipientsOf({ redis }, many)
      expect([...found.keys()].sort((a, b) => a - b)).toEqual(some)
      expect(
        [...found.values()]
          .flat()
          .map(({ connectionId }) => connectionId)
          .sort(),
      ).toEqual(some.map((id) => `phone-${id}`).sort())
    })
    expect(commands.length).toBeLessThanOrEqual(64)
    const ofSlice = many.filter((userId) => userId % 16 === 3)
    expect(await commandsOf(redis, () => recipientsOf({ redis }, ofSlice))).toHaveLength(4)
  })

  it('of few are a command each, as are those of none', async () => {
    const few = users(64)
    await connected(few[0] ?? 0, 'phone')
    const commands = await commandsOf(redis, () => recipientsOf({ redis }, few))
    expect(commands).toEqual(few.map(() => 'hgetall'))
    expect(keys.connections(few[0] ?? 0)).toContain('{u')
  })
})
