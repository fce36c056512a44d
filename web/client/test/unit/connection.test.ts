/** How the library connects, notices a loss, comes back, and when it does not. */
import { describe, expect, it } from 'vitest'
import { Chat } from '../../src/index.ts'
import { open, pass, useMadeUpTime } from '../application.ts'
import { reply, World } from '../world.ts'

useMadeUpTime()

const ticket = '/api/ws/ticket'

describe('a connection', () => {
  it('is opened by a ticket, takes arrays of frames, and says how long it will be silent', async () => {
    const { socket, world } = open(undefined, { heartbeat: 240 })
    await pass(10)
    expect(socket().url).toBe('ws://world/api/ws?ticket=a+ticket&frames=batch&heartbeat=240')
    const beats = () => world.sent.filter(({ type }) => type === 0).length
    expect(beats()).toBe(1)
    await pass(239_000)
    expect(beats()).toBe(1)
    await pass(2_000)
    expect(beats()).toBe(2)
  })

  it.each([29, 481, 60.5, Number.NaN])('takes no heartbeat that the service refuses: %s', (heartbeat) => {
    const { session, environment } = new World([])
    expect(() => new Chat({ session, environment, heartbeat })).toThrow(TypeError)
  })

  it('never shows its token in an address', async () => {
    const { socket, world } = open()
    await pass(10)
    expect(socket().url).not.toContain(world.session.token)
  })

  it('that is silent after a heartbeat is given up and replaced', async () => {
    const { events, socket, world } = open()
    await pass(10)
    socket().die()
    await pass(60_000 + 10_000 + 2_000)
    expect(events).toEqual(['open', 'lost', 'open'])
    expect(world.dials).toBe(2)
  })

  it('comes back at random within a bound that doubles up to half a minute', async () => {
    const { socket, world } = open()
    await pass(10)
    world.answers.set(ticket, () => reply({ code: 503, reason: 'UNAVAILABLE', msg: '' }, 503))
    socket().cut()
    await pass(11)
    const asked = () => world.calls.filter((path) => path === ticket).length - 1
    for (const [index, ms] of [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000].entries()) {
      await pass(ms - 20)
      expect(asked()).toBe(index)
      await pass(20)
      expect(asked()).toBe(index + 1)
    }
  })

  it('that was heard from comes back within a second, however long it took to open', async () => {
    const world = new World([2])
    world.answers.set(ticket, () => reply({ code: 503, reason: 'UNAVAILABLE', msg: '' }, 503))
    const { socket } = open(world)
    await pass(60_000)
    world.answers.clear()
    await pass(30_000)
    expect(world.dials).toBe(1)
    socket().cut()
    await pass(1_000)
    expect(world.dials).toBe(2)
  })

  it('that is closed as soon as it is open is not opened again at once', async () => {
    const world = new World([2])
    world.isMute = true
    open(world)
    for (let passed = 0; passed < 60_000; passed += 50) {
      await pass(50)
      for (const socket of world.sockets) socket.cut()
    }
    expect(world.dials).toBeLessThan(9)
  })
})

describe('type 10', () => {
  it.each(['CONNECTION_OLD', 'SHUTDOWN', 'TOO_MANY_REQUESTS', 'A_NEW_REASON'])(
    '%s: connects again, not before the time it names',
    async (reason) => {
      const { events, socket, world } = open()
      await pass(10)
      socket().deliver({ type: 10, reason, reconnect_after_ms: 30_000 })
      await pass(29_900)
      expect(world.dials).toBe(1)
      await pass(1_200)
      expect(world.dials).toBe(2)
      expect(events).toEqual(['open', 'lost', 'open'])
    },
  )

  it.each(['SESSION_ENDED', 'TOKEN_EXPIRED', 'TOO_MANY_CONNECTIONS'])(
    '%s: ends for good, until a person connects',
    async (reason) => {
      const { chat, events, socket, world } = open()
      await pass(10)
      socket().deliver({ type: 10, reason, reconnect_after_ms: 60_000 })
      await pass(1_000_000)
      expect(world.dials).toBe(1)
      expect(events).toEqual(['open', 'lost', ['ended', expect.objectContaining({ name: 'ChatError', reason })]])
      chat.connect()
      await pass(10)
      expect(world.dials).toBe(2)
    },
  )

  it.each([undefined, -5, 'soon', 1e9, 1e300])('with an odd time, %s, is survived', async (reconnect_after_ms) => {
    const { socket, world } = open()
    await pass(10)
    const opened = socket()
    opened.deliver({ type: 10, reason: 'SHUTDOWN', reconnect_after_ms })
    // The service closes it then, whatever became of the frame.
    opened.cut()
    await pass(302_000)
    expect(world.dials).toBe(2)
  })
})

describe('a ticket', () => {
  it.each([
    ['SESSION_ENDED', 401],
    ['TOKEN_EXPIRED', 401],
    ['TOKEN_INVALID', 401],
  ])('that is refused with %s ends the connection', async (reason, status) => {
    const world = new World([])
    world.answers.set(ticket, () => reply({ code: status, reason, msg: 'no' }, status))
    const { events } = open(world)
    await pass(100_000)
    expect(world.calls).toEqual([ticket])
    expect(events).toEqual([['ended', expect.objectContaining({ reason, status })]])
  })

  it('is asked for again no sooner than Retry-After says', async () => {
    const world = new World([])
    world.answers.set(ticket, () =>
      reply({ code: 429, reason: 'TOO_MANY_REQUESTS', msg: '' }, 429, { 'retry-after': '20' }),
    )
    open(world)
    await pass(19_900)
    expect(world.calls).toHaveLength(1)
    await pass(1_000)
    expect(world.calls).toHaveLength(2)
  })
})

it('a closed chat leaves nothing behind: no timer, no socket', async () => {
  const { chat, world } = open()
  await pass(10)
  chat.close()
  await pass(0)
  const calls = world.calls.length
  await pass(1_000_000)
  expect([world.sockets.size, world.calls.length - calls, world.dials]).toEqual([0, 0, 1])
})
