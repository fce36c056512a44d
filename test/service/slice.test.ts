/** Slices: what is written for a large group in place of posts, by the consumer of messages and by whoever changes it. */
import { afterAll, describe, expect, it } from 'vitest'
import { DependencyTimeout } from '../../lib/core/outage.ts'
import * as slice from '../../lib/service/connection/slice.ts'
import * as membership from '../../lib/service/group/membership.ts'
import { consume } from '../../lib/service/message/consume.ts'
import type { ChatRecord } from '../../lib/wire/record.ts'
import { crowd, people, slicesIn } from './crowd.ts'
import { soon } from './scene.ts'
import {
  closeClients,
  connected,
  db,
  delivered,
  listeningGateway,
  listeningTopic,
  noSlices,
  range,
  redis,
} from './stage.ts'
import { join, leave, recordInGroup, storedAt } from './talk.ts'

afterAll(closeClients)

/** A group of so many, of whom the first two have a device. */
async function scene(count = slice.directMost + 1) {
  const { id, members } = await crowd(count)
  const [ada, bob = 0] = members
  const phone = await connected(ada, 'socket-of')
  const bobs = await connected(bob, 'phone')
  const { gateway, posts, framesTo } = listeningGateway()
  const { sent, topic } = listeningTopic()
  const clients = { db, redis, gateway, slices: topic }
  const from = (content = 'hello') => recordInGroup(ada, id, { content, client_msg_id: content })
  const say = (...records: ChatRecord[]) => consume(clients, delivered(...records), soon())
  return { id, members, ada, bob, phone, bobs, posts, framesTo, sent, clients, from, say }
}

/** The members that records name, by number. */
const usersOf = (slices: Map<string, { user_ids: readonly number[] }[]>): number[] =>
  [...slices.values()].flatMap((own) => own.flatMap(({ user_ids }) => user_ids)).sort((a, b) => a - b)

const seqsIn = (own: readonly { pushes: readonly { frame: object }[] }[]): unknown[] =>
  own.flatMap(({ pushes }) => pushes.map(({ frame }) => Reflect.get(frame, 'seq')))

describe('what is said in a group of more than 500', () => {
  it('is written for each member once, in sixteen slices, with the connection that it came from', async () => {
    const { id, members, ada, phone, posts, framesTo, sent, from, say } = await scene()
    await say(from('one'))
    const slices = slicesIn(sent)
    expect([...slices.keys()].sort()).toEqual(
      range(0, 15)
        .map((number) => `group:${id}:${number}`)
        .sort(),
    )
    expect(usersOf(slices)).toEqual(members.toSorted((a, b) => a - b))
    for (const [key, own] of slices) {
      expect(own).toHaveLength(1)
      expect(own[0]?.user_ids.map((userId) => `group:${id}:${userId % 16}`)).toEqual(own[0]?.user_ids.map(() => key))
      expect(own[0]?.pushes).toEqual([
        {
          except: phone.id,
          frame: expect.objectContaining({ type: 3, from_id: ada, target_id: id, seq: 1, content: 'one' }),
        },
      ])
    }
    expect(framesTo(phone.id)).toMatchObject([{ type: 5, client_msg_id: 'one' }])
    expect(posts).toHaveLength(1)
  })

  it('in one batch is one record a slice, in order', async () => {
    const { sent, from, say } = await scene()
    await say(...range(1, 50).map((number) => from(`message ${number}`)))
    const slices = slicesIn(sent)
    expect(sent).toHaveLength(16)
    for (const own of slices.values()) expect(seqsIn(own)).toEqual(range(1, 50))
  })

  it('is written in records far below what Kafka takes, in order, however much it is', async () => {
    const { sent, from, say } = await scene()
    // A byte of this content is six in a frame.
    const content = '\u0001'.repeat(16 * 1024)
    await say(...range(1, 12).map((number) => ({ ...from(`m ${number}`), content })))
    for (const { value } of sent) expect(value.length).toBeLessThan(300 * 1024)
    for (const own of slicesIn(sent).values()) {
      expect(own.length).toBeGreaterThan(2)
      expect(seqsIn(own)).toEqual(range(1, 12))
    }
  })

  it('is written for members of a slice a thousand a record', async () => {
    const userIds = range(1, 16_100)
    const { sent, topic } = listeningTopic()
    const frame = { type: 8, event: 'group_changed', group_id: 1 } as const
    await slice.send({ slices: topic }, [{ userIds, key: 'group:1', frame }])
    const slices = slicesIn(sent)
    for (const own of slices.values())
      expect(own.map(({ user_ids }) => user_ids.length)).toEqual([1_000, expect.any(Number)])
    expect(usersOf(slices)).toEqual(userIds)
  })

  it('is written again when its record comes again, and for nobody who may not see it', async () => {
    const { id, members, bob, sent, from, say } = await scene(slice.directMost + 10)
    const [first, second] = [from('first'), from('second')]
    await say(first)
    const [newcomer = 0] = await people(1)
    await leave(id, bob)
    await join(id, newcomer)
    sent.length = 0
    await say(first, second)
    const seenBy = (userId: number) =>
      seqsIn([...slicesIn(sent).values()].flat().filter(({ user_ids }) => user_ids.includes(userId)))
    expect(seenBy(members[2] ?? 0)).toEqual([1, 2])
    expect(seenBy(newcomer)).toEqual([2])
    expect(seenBy(bob)).toEqual([])
  })

  it('is posted at once, and holds up nobody, when Kafka refuses it for good', async () => {
    const { bobs, framesTo, clients, from } = await scene()
    const slices = { send: () => Promise.reject(new Error('too large')) }
    await consume({ ...clients, slices }, delivered(from('one')), soon())
    expect(framesTo(bobs.id)).toMatchObject([{ type: 3, seq: 1, content: 'one' }])
  })

  it('fails the batch when Kafka does not take it, and is written when it comes again', async () => {
    const { id, phone, sent, framesTo, clients, from } = await scene()
    const batch = delivered(from('one'))
    const slices = { send: () => Promise.reject(new DependencyTimeout('Kafka', 1)) }
    await expect(consume({ ...clients, slices }, batch, soon())).rejects.toThrow('Kafka')
    expect(await storedAt({ chatType: 3, group: id })).toHaveLength(1)
    await consume(clients, batch, soon())
    expect(await storedAt({ chatType: 3, group: id })).toHaveLength(1)
    expect(sent).toHaveLength(16)
    expect(framesTo(phone.id)).toMatchObject([{ type: 5 }, { type: 5 }])
  })
})

describe('a notice in a group of more than 500', () => {
  const quit = async ({ id, bob, clients }: Awaited<ReturnType<typeof scene>>, slices = clients.slices) =>
    membership.quit({ ...clients, slices }, { userId: bob, language: 'en' }, { group_id: id })
  const left = expect.objectContaining({ type: 3, seq: 1, from_id: 0 })

  it('is written in slices, after the messages before it, and posted to nobody by who makes it', async () => {
    const made = await scene()
    await made.say(made.from('one'))
    await quit(made)
    for (const own of slicesIn(made.sent).values()) expect(seqsIn(own)).toEqual([1, 2])
    expect(made.framesTo(made.bobs.id)).toMatchObject([{ type: 8, event: 'group_removed' }])
  })

  it('is posted by who makes it when Kafka does not take it', async () => {
    const made = await scene()
    await quit(made, { send: () => Promise.reject(new Error('away')) })
    expect(made.framesTo(made.phone.id)).toEqual([left])
    expect(made.framesTo(made.bobs.id)).toContainEqual(left)
  })
})

it('what is said in a group of 500 is posted at once', async () => {
  const { bobs, framesTo, clients, from } = await scene(slice.directMost)
  await consume({ ...clients, slices: noSlices }, delivered(from()), soon())
  expect(framesTo(bobs.id)).toMatchObject([{ type: 3, seq: 1 }])
})
