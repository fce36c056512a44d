/** Too much of one person: too many sockets, and frames that go on above the rate. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { heard, say } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { newcomers } from '../support/people.ts'
import { closeAll, connect, ofType, type Socket, upgradeStatus } from '../support/socket.ts'

afterAll(closeAll)

const people = newcomers(beforeEach, 'ada', 'bob', 'eve')

const reasonOf = async (socket: Socket) => (await socket.next(ofType(10))).reason

describe('sockets of one user', () => {
  it('are 20: the oldest gives way to the newest, is told so and closed', async () => {
    const { eve } = people
    const sockets: Socket[] = []
    for (let opened = 0; opened < 23; opened++) sockets.push(await connect({ token: eve.token }))
    for (const socket of sockets.slice(0, 3)) {
      expect(await reasonOf(socket)).toBe('TOO_MANY_CONNECTIONS')
      await socket.closed
    }
    for (const socket of sockets.slice(3)) {
      await socket.ping()
      expect(socket.frames.filter(ofType(10))).toEqual([])
    }
  })

  it('are opened 300 times a minute and no more, and nobody else is refused', async () => {
    const { bob, eve } = people
    const statuses: number[] = []
    for (let opened = 0; opened < 340 && !statuses.includes(429); opened += 20)
      statuses.push(...(await Promise.all(Array.from({ length: 20 }, () => upgradeStatus({ token: eve.token })))))
    expect(statuses).toContain(429)
    expect(statuses.filter((status) => status === 101).length).toBeGreaterThanOrEqual(300)
    expect(await upgradeStatus({ token: bob.token })).toBe(101)
  })
})

describe('a flood', () => {
  it.each([
    ['heartbeats', { type: 0, ping: 1 }],
    ['frames of no type', { type: 99 }],
    ['texts that are no frames', 'ping'],
    ['typing', { type: 7, target_id: 1, typing: true }],
    ['messages to strangers', { type: 2, target_id: 1, content: 'x'.repeat(16_384) }],
  ])('of %s ends its socket with type 10, and others go on', async (_title, frame) => {
    const { ada, bob, eve } = people
    await befriend(ada, bob)
    const [adas, bobs, eves] = [
      await connect({ token: ada.token }),
      await connect({ token: bob.token }),
      await connect({ token: eve.token }),
    ]
    let isOpen = true
    void eves.closed.then(() => {
      isOpen = false
    })
    for (let sent = 0; isOpen && sent < 10_000; sent += 50) {
      for (let each = 0; each < 50; each++) eves.send(frame)
      await sleep(10)
    }
    expect(await reasonOf(eves)).toBe('TOO_MANY_REQUESTS')
    await eves.closed
    expect(eves.frames).toContainEqual(
      expect.objectContaining({ type: 9, reason: 'TOO_MANY_REQUESTS', retryable: true }),
    )
    await say(adas, bob, 'hello')
    expect((await heard(bobs)).content).toBe('hello')
  })

  it('that stops in time ends nothing', async () => {
    const eves = await connect({ token: people.eve.token })
    for (let sent = 0; sent < 700; sent++) eves.send({ type: 99 })
    await eves.take(700, ofType(9))
    const refused = eves.frames.filter(({ reason }) => reason === 'TOO_MANY_REQUESTS')
    expect(refused.length).toBeGreaterThan(100)
    await sleep(Math.max(...refused.map(({ retry_after_ms }) => Number(retry_after_ms))) + 50)
    await eves.ping()
    expect(eves.frames.filter(ofType(10))).toEqual([])
  })
})
