/** Calls: what rings, what is told to whom, and how each of them ends. */
import { describe, expect, it } from 'vitest'
import { type Call, Calls } from '../../src/calls.ts'
import type { Signal } from '../../src/index.ts'
import { open, pass, useMadeUpTime } from '../application.ts'

useMadeUpTime()

const friend = 2
const call_id = 'call-0001'

async function openCalls() {
  const seen = open()
  await pass(100)
  const calls = new Calls(seen.chat)
  const rang: Call[] = []
  calls.on('ringing', (call) => rang.push(call))
  const sent = () =>
    seen.world.sent.filter(({ type }) => type === 4).map(({ action, content }) => `${action} ${content}`)
  const hear = async (action: Signal['action'], given: object = {}) => {
    const frame = {
      type: 4,
      from_id: friend,
      call_id,
      action,
      content: '{}',
      send_time: 5,
      created_at: 5_000,
      ...given,
    }
    seen.socket().deliver(frame)
    await pass(10)
  }
  return { ...seen, calls, rang, sent, hear }
}

/** What a call says from now on. */
function toldBy(call: Call): string[] {
  const told: string[] = []
  call.on('accepted', (content) => told.push(`accepted ${content}`))
  call.on('signal', (content) => told.push(`signal ${content}`))
  call.on('ended', (ending) => told.push(`ended ${ending}`))
  return told
}

describe('a call of one’s own', () => {
  it('rings, is accepted, and goes on until somebody ends it', async () => {
    const { calls, sent, hear } = await openCalls()
    const call = calls.invite(friend, 'offer')
    const told = toldBy(call)
    await pass(10)
    expect(sent()).toEqual(['invite offer'])
    const its = { call_id: call.id }
    await hear('accept', { ...its, content: 'answer' })
    call.signal('way')
    await hear('candidate', { ...its, content: 'back' })
    await pass(10)
    expect(call.state).toBe('talking')
    expect(sent()).toEqual(['invite offer', 'candidate way'])
    await hear('end', its)
    expect(told).toEqual(['accepted answer', 'signal back', 'ended ended'])
    expect(calls.current).toBeUndefined()
  })

  it.each([
    ['reject', 'declined'],
    ['busy', 'busy'],
    ['end', 'missed'],
  ] as const)('that is answered by %s has ended as %s', async (action, ending) => {
    const { calls, hear } = await openCalls()
    const call = calls.invite(friend)
    const told = toldBy(call)
    await hear(action, { call_id: call.id })
    expect(told).toEqual([`ended ${ending}`])
  })

  it('is given up after 45 s, and the service is told', async () => {
    const { calls, sent } = await openCalls()
    const told = toldBy(calls.invite(friend))
    await pass(45_100)
    expect(told).toEqual(['ended missed'])
    expect(sent()).toEqual(['invite {}', 'cancel {}'])
  })

  it('ends where the service refuses it, and rings nowhere', async () => {
    const { calls, sent, socket } = await openCalls()
    const call = calls.invite(friend)
    const told = toldBy(call)
    socket().deliver({ type: 9, call_id: call.id, code: -1, reason: 'NOT_FRIENDS', msg: 'no', retryable: false })
    await pass(10)
    expect(told).toEqual(['ended NOT_FRIENDS'])
    expect(sent()).toEqual(['invite {}', 'cancel {}'])
  })

  it('goes on when something of it has overtaken the invitation', async () => {
    const { calls, socket } = await openCalls()
    const call = calls.invite(friend)
    socket().deliver({ type: 9, call_id: call.id, code: -1, reason: 'CALL_NOT_FOUND', msg: 'no', retryable: false })
    await pass(10)
    expect(call.state).toBe('ringing')
  })

  it('is the only one', async () => {
    const { calls, sent, hear } = await openCalls()
    calls.invite(friend)
    expect(() => calls.invite(3)).toThrow(TypeError)
    await hear('invite', { from_id: 3 })
    expect(sent()).toEqual(['invite {}', 'busy {}'])
  })

  it('gives way to the friend’s, where both call at once', async () => {
    const { calls, rang, hear } = await openCalls()
    const own = calls.invite(friend)
    const told = toldBy(own)
    await hear('invite', { content: 'offer' })
    await hear('busy', { call_id: own.id })
    expect(told).toEqual(['ended crossed'])
    expect(rang).toMatchObject([{ id: call_id, isMutual: true, content: 'offer', state: 'ringing' }])
  })

  it('is told of again when the connection was lost while it rang', async () => {
    const { calls, sent, socket } = await openCalls()
    calls.invite(friend)
    await pass(10)
    socket().cut()
    await pass(5_000)
    expect(sent()).toEqual(['invite {}', 'invite {}'])
  })

  it('says every minute that it goes on', async () => {
    const { calls, sent, hear } = await openCalls()
    const call = calls.invite(friend)
    await hear('accept', { call_id: call.id })
    await pass(121_000)
    expect(sent()).toEqual(['invite {}', 'candidate {}', 'candidate {}'])
  })
})

describe('a friend’s call', () => {
  it('rings once, however often it is told of, and is accepted', async () => {
    const { rang, sent, hear } = await openCalls()
    await hear('invite', { content: 'offer' })
    await hear('invite', { content: 'offer' })
    expect(rang).toMatchObject([{ id: call_id, peer: friend, content: 'offer', isOutgoing: false, isMutual: false }])
    rang[0]?.accept('answer')
    await pass(10)
    expect(sent()).toEqual(['accept answer'])
    expect(rang[0]?.state).toBe('talking')
  })

  it.each([
    ['given up', 'missed', 'cancel'],
    ['ended', 'missed', 'end'],
  ] as const)('that is %s has been %s', async (_title, ending, action) => {
    const { rang, hear } = await openCalls()
    await hear('invite')
    const told = rang.map(toldBy)
    await hear(action)
    expect(told).toEqual([[`ended ${ending}`]])
  })

  it('stops ringing when another device has answered', async () => {
    const { rang, socket, hear } = await openCalls()
    await hear('invite')
    const told = rang.map(toldBy)
    socket().deliver({ type: 8, event: 'answered_elsewhere', user_id: friend, call_id })
    await pass(10)
    expect(told).toEqual([['ended elsewhere']])
  })

  it('is declined, or rings for 45 s', async () => {
    const { rang, sent, hear } = await openCalls()
    await hear('invite')
    rang[0]?.hangUp()
    await hear('invite', { call_id: 'call-0002' })
    await pass(45_000)
    expect(rang.map(({ state }) => state)).toEqual(['over', 'over'])
    expect(sent()).toEqual(['reject {}'])
  })

  it('without an id is of clients that keep its state themselves, and rings nowhere', async () => {
    const { rang, hear } = await openCalls()
    await hear('invite', { call_id: undefined, action: undefined })
    expect(rang).toEqual([])
  })

  it('rings where the application begins to listen after it came', async () => {
    const { chat, hear } = await openCalls()
    const before: Signal[] = []
    const off = chat.on('signal', (signal) => before.push(signal))
    await hear('invite')
    off()
    const later = new Calls(chat)
    const rang: Call[] = []
    later.on('ringing', (call) => rang.push(call))
    for (const signal of before) later.receive(signal)
    expect(rang).toHaveLength(1)
  })
})
