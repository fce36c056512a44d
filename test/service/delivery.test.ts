/** The bounds of a delivery. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import * as keys from '../../lib/core/keys.ts'
import { deliver, type Push } from '../../lib/service/connection/delivery.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import { FrameType } from '../../lib/wire/frame.ts'
import { closeClients, device, listeningGateway, person, range, redis } from './stage.ts'

afterAll(closeClients)

it('posts so often and no more; the connections beyond are told to catch up', async () => {
  const userIds = await Promise.all(['ada', 'bob', 'cyd'].map(person))
  const connections = userIds.map((userId) => device(userId, 'phone'))
  for (const connection of connections) await presence.arrive({ redis }, connection, Date.now())
  const { gateway, posts } = listeningGateway()
  const frame = { type: FrameType.event, event: 'friend_request', user_id: 1 } as const
  const pushes: Push[] = [1, 2].map(() => ({ userIds, frame }))
  const origin = { connection_id: 'socket', batch: false, language: 'en' } as const

  await deliver({ redis, gateway }, [{ userId: 1, origin, frame }], pushes, 4)

  const [ada, bob, cyd] = connections.map(({ id }) => id)
  const postsTo = (id: string | undefined) => posts.filter(({ connectionId }) => connectionId === id).length
  expect(posts).toHaveLength(4)
  expect(postsTo('socket')).toBe(1)
  const missed = await Promise.all(connections.map(mustResync))
  // Connections are posted to in parallel, so which posts come first is open: who got fewer than all is marked.
  expect(missed).toEqual([ada, bob, cyd].map((id) => postsTo(id) < 2))
  expect(missed).toContain(true)
})

describe('a user with 300 connections', () => {
  const hello = { type: FrameType.event, event: 'friend_request', user_id: 1 } as const

  /** Eve with all of hers, and forty others with one each. */
  async function crowd() {
    const eve = await person('eve')
    const eves = range(1, 300).map((number) => device(eve, String(number)))
    const others = await Promise.all(range(1, 40).map(async () => device(await person('ada'), 'phone')))
    for (const connection of [...eves, ...others]) await presence.arrive({ redis }, connection, Date.now())
    return { eve, eves, others, userIds: [eve, ...others.map(({ userId }) => userId)] }
  }

  it('has one before everybody else, and the others after them', async () => {
    const { eve, eves, others, userIds } = await crowd()
    const { gateway, posts } = listeningGateway()
    await deliver({ redis, gateway }, [], [{ userIds, frame: hello }])
    expect(posts).toHaveLength(340)
    const last = Math.max(...others.map(({ id }) => posts.findIndex(({ connectionId }) => connectionId === id)))
    // 32 connections are posted to at a time.
    expect(last).toBeLessThan(others.length + 32)
    expect(posts.filter(({ connectionId }) => connectionId.endsWith(`-${eve}`))).toHaveLength(eves.length)
  })

  it.each([
    ['answer that there is no room', 0],
    ['do not answer', 10_000],
  ])('which %s, holds up nobody, and a batch for little more than a second', async (_title, delay) => {
    const { eves, others, userIds } = await crowd()
    const slow = new Set(eves.map(({ id }) => id))
    const { gateway, posts } = listeningGateway(() => 'sent')
    const begun = performance.now()
    const heard: number[] = []
    const post: typeof gateway.post = async (id, text, timeoutMs) => {
      if (slow.has(id)) {
        await sleep(Math.min(delay, timeoutMs))
        return 'failed'
      }
      heard.push(performance.now() - begun)
      return await gateway.post(id, text, timeoutMs)
    }
    await deliver({ redis, gateway: { ...gateway, post } }, [], [{ userIds, frame: hello }])
    expect(performance.now() - begun).toBeLessThan(3_500)
    expect(posts).toHaveLength(others.length)
    expect(Math.max(...heard)).toBeLessThan(500)
    const missed = await Promise.all(eves.map(mustResync))
    expect(missed).not.toContain(false)
  })

  it('takes 1,000 posts of a batch, and catches up with the rest', async () => {
    const { eve, eves, others, userIds } = await crowd()
    const { gateway, posts } = listeningGateway()
    const pushes: Push[] = range(1, 20).map(() => ({ userIds, frame: hello }))
    await deliver({ redis, gateway }, [], pushes)
    const own = posts.filter(({ connectionId }) => connectionId.endsWith(`-${eve}`))
    expect(own).toHaveLength(1_000)
    expect(posts).toHaveLength(1_000 + 20 * others.length)
    const got = (id: string) => own.filter(({ connectionId }) => connectionId === id).length
    expect(await Promise.all(eves.map(mustResync))).toEqual(eves.map(({ id }) => got(id) < 20))
  })

  it('whose posts fail for a moment gets all of them', async () => {
    const { eves, userIds } = await crowd()
    let failures = 50
    const { gateway, posts } = listeningGateway(() => (failures-- > 0 ? 'failed' : 'sent'))
    await deliver({ redis, gateway }, [], [{ userIds, frame: hello }])
    expect(posts.length).toBe(340 + 50)
    expect(await Promise.all(eves.map(mustResync))).not.toContain(true)
  })
})

async function mustResync(connection: presence.Connection): Promise<boolean> {
  await redis.hset(keys.session(connection.userId), 'epoch', '0')
  return (await presence.touch({ redis }, connection, 0, Date.now())).mustResync
}
