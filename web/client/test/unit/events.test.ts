/** What is no message: typing, marks, friends, presence, and what the library does not know. */
import { describe, expect, it } from 'vitest'
import type { ChatEvents } from '../../src/index.ts'
import { open, pass, useMadeUpTime } from '../application.ts'
import { me, reply, World } from '../world.ts'

useMadeUpTime()

const names = ['receipt', 'typing', 'friend', 'presence', 'error'] as const satisfies (keyof ChatEvents)[]

async function openAll(world?: World) {
  const seen = open(world)
  const brought: [string, unknown][] = []
  for (const name of names) seen.chat.on(name, (what: unknown) => void brought.push([name, what]))
  await pass(100)
  return { ...seen, brought }
}

describe('word that something was missed', () => {
  it('is followed at once, or after as long as it says, once for all that come meanwhile', async () => {
    const { world, socket } = await openAll()
    const asked = () => world.calls.filter((path) => path === '/api/group/my-groups').length
    const before = asked()
    socket().deliver({ type: 8, event: 'resync' })
    await pass(50)
    expect(asked()).toBe(before + 1)
    for (const after_ms of [700, 900]) socket().deliver({ type: 8, event: 'resync', after_ms })
    await pass(650)
    expect(asked()).toBe(before + 1)
    await pass(1_000)
    expect(asked()).toBe(before + 2)
  })

  it('is followed within ten seconds, whatever it says', async () => {
    const { world, socket } = await openAll()
    const before = world.calls.length
    socket().deliver({ type: 8, event: 'resync', after_ms: 1e9 })
    await pass(10_500)
    expect(world.calls.length).toBeGreaterThan(before)
  })
})

describe('a frame', () => {
  it.each<[string, object, unknown]>([
    [
      'of typing',
      { type: 7, from_id: 2, typing: true },
      ['typing', { target_id: 2, chat_type: 2, from_id: 2, typing: true }],
    ],
    [
      'of typing in a group',
      { type: 7, from_id: 2, target_id: 9, chat_type: 3, typing: false },
      ['typing', { target_id: 9, chat_type: 3, from_id: 2, typing: false }],
    ],
    [
      'of a mark of the other side',
      { type: 6, from_id: 2, target_id: me, seq: 4 },
      ['receipt', { target_id: 2, chat_type: 2, from_id: 2, seq: 4 }],
    ],
    [
      'of a mark by another device of the owner',
      { type: 6, from_id: me, target_id: 2, seq: 4 },
      ['receipt', { target_id: 2, chat_type: 2, from_id: me, seq: 4 }],
    ],
    [
      'of a mark in a group',
      { type: 6, from_id: 7, target_id: 9, chat_type: 3, seq: 4 },
      ['receipt', { target_id: 9, chat_type: 3, from_id: 7, seq: 4 }],
    ],
    [
      'of a friend',
      { type: 8, event: 'friend_removed', user_id: 2 },
      ['friend', { event: 'friend_removed', user_id: 2 }],
    ],
    [
      'of presence',
      { type: 8, event: 'presence', user_id: 2, online: true },
      ['presence', { user_id: 2, online: true }],
    ],
    [
      'of a refusal without a message',
      { type: 9, code: -1, reason: 'NOT_MEMBER', msg: 'no', retryable: false },
      ['error', expect.objectContaining({ name: 'ChatError', reason: 'NOT_MEMBER' })],
    ],
  ])('%s is an event', async (_what, frame, event) => {
    const { brought, socket } = await openAll()
    socket().deliver([frame])
    expect(brought).toEqual([event])
  })

  it.each([{ type: 4 }, { type: 99 }, { type: 8, event: 'new' }, [], [5, null], 'text', {}])(
    'that is not known, %j, is passed over',
    async (frame) => {
      const { brought, events, socket } = await openAll()
      socket().deliver(frame)
      socket().deliver('{')
      await pass(100)
      expect([brought, events]).toEqual([[], ['open']])
    },
  )
})

describe('marks', () => {
  it('are told once, and never back', async () => {
    const { brought, socket } = await openAll()
    for (const seq of [4, 4, 3, 5]) socket().deliver({ type: 6, from_id: 2, target_id: me, seq })
    expect(brought.map(([, receipt]) => receipt)).toMatchObject([{ seq: 4 }, { seq: 5 }])
  })

  it('are sent forward only, and again after a loss as far as the service does not know them', async () => {
    const world = new World([2, 3])
    const { chat, socket } = await openAll(world)
    for (const peer of [2, 3]) for (const text of ['one', 'two']) world.say(peer, peer, text)
    for (const seq of [2, 1, 2]) chat.read({ target_id: 2 }, seq)
    await pass(10)
    const sent = () => world.sent.filter(({ type }) => type === 6)
    expect(sent()).toEqual([{ type: 6, target_id: 2, seq: 2 }])
    socket().die()
    chat.read({ target_id: 3 }, 2)
    await pass(100_000)
    expect(sent().slice(1)).toEqual([{ type: 6, target_id: 3, seq: 2 }])
  })

  it.each([
    ['an error of the gateway', { message: 'Internal server error' }, 500],
    ['a refusal of unknown outcome', { type: 9, code: 503, reason: 'UNAVAILABLE', msg: '', retryable: true }, 500],
    [
      'a refusal for a time',
      { type: 9, code: 429, reason: 'TOO_MANY_REQUESTS', msg: '', retryable: true, retry_after_ms: 2_000 },
      2_000,
    ],
  ])('that may have met %s are sent again, as far as the service does not know them', async (_, frame, afterMs) => {
    const world = new World([2])
    const { chat, socket } = await openAll(world)
    world.say(2, 2, 'one')
    const sent = () => world.sent.filter(({ type }) => type === 6)
    world.isMute = true
    chat.read({ target_id: 2 }, 1)
    await pass(10)
    socket().deliver(frame)
    world.isMute = false
    await pass(afterMs - 20)
    expect(sent()).toHaveLength(1)
    await pass(50)
    expect(sent()).toHaveLength(2)
    expect(world.marks.get(2)).toBe(1)
    // Nothing is in doubt any more but the second one: it is known.
    for (let time = 0; time < 5; time += 1) socket().deliver(frame)
    await pass(60_000)
    expect(sent()).toHaveLength(2)
  })
})

describe('errors', () => {
  it('that nobody waits for are an event, with the service’s reason and request', async () => {
    const world = new World([2])
    const refuse = () => reply({ code: 400, reason: 'INVALID_INPUT', msg: 'no', request_id: 'r1' }, 400)
    world.answers.set('/api/friend/list', refuse)
    const { events } = open(world)
    await pass(100)
    expect(events).toContainEqual(['error', expect.objectContaining({ reason: 'INVALID_INPUT', requestId: 'r1' })])
  })

  it.each([
    ['the gateway’s', 413, '{"message":"Request Too Long"}', 'BODY_TOO_LARGE', false],
    ['the gateway’s', 429, '{"message":"Too Many Requests"}', 'TOO_MANY_REQUESTS', true],
    ['a proxy’s', 502, '<html>', 'UNAVAILABLE', true],
    ['a null', 500, 'null', 'UNAVAILABLE', true],
    ['a page with status 200', 200, '<html>', 'UNAVAILABLE', true],
  ])('of %s own reply with status %i have a reason: %s', async (_whose, status, body, reason, isRetryable) => {
    const world = new World([2])
    world.answers.set('/api/group/my-groups', () => new Response(body, { status }))
    const { chat } = open(world)
    const caught = expect(chat.call('GET', '/api/group/my-groups')).rejects.toMatchObject({
      reason,
      status,
      isRetryable,
    })
    await pass(100)
    await caught
  })
})
