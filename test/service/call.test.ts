/** Calls: their states in Redis, who is told, and the message at their end. */
import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { ChatType } from '../../lib/core/address.ts'
import * as keys from '../../lib/core/keys.ts'
import { consume } from '../../lib/service/message/consume.ts'
import type { CallRecord } from '../../lib/wire/record.ts'
import { soon } from './scene.ts'
import {
  befriend,
  closeClients,
  connected,
  db,
  delivered,
  friends,
  listeningGateway,
  noSlices,
  person,
  redis,
  stored,
} from './stage.ts'

afterAll(closeClients)

type Action = NonNullable<CallRecord['action']>

/** Ada and bob, of whom bob has two devices, and a gateway that listens. */
async function scene() {
  const { ada, bob } = await friends()
  await connected(ada, 'phone')
  await connected(bob, 'phone')
  await connected(bob, 'laptop')
  const { gateway, framesTo } = listeningGateway()
  const clients = { db, redis, gateway, slices: noSlices }
  const call_id = randomUUID()
  const frame = (from: number, to: number, action: Action, given: Partial<CallRecord> = {}): CallRecord => ({
    kind: 'call',
    record_id: randomUUID(),
    from_id: from,
    target_id: to,
    chat_type: ChatType.direct,
    content: '{}',
    call_id,
    action,
    requested_at: Date.now(),
    origin: { connection_id: `phone-${from}`, batch: false, language: 'en' },
    ...given,
  })
  const say = async (...records: CallRecord[]) => await consume(clients, delivered(...records), soon())
  /** What a device has heard of calls, by a word each. */
  const heard = (user: number, device = 'phone') =>
    framesTo(`${device}-${user}`).flatMap(({ type, action, event, reason }) =>
      type === 2 ? [] : [String(action ?? event ?? reason)],
    )
  const notices = async () => (await stored(ada, bob)).map(({ content }) => content)
  return { ada, bob, clients, call_id, frame, say, heard, notices, framesTo }
}

/** Redis' clock is the caller's: what is kept of a call is moved back in time. */
async function passed(userId: number, ms: number): Promise<void> {
  const until = Number(await redis.hget(keys.call(userId), 'until'))
  await redis.hset(keys.call(userId), 'until', until - ms)
}

describe('a call', () => {
  it('rings at every device, is accepted by one, ends for both, and is told of by one message', async () => {
    const { ada, bob, call_id, frame, say, heard, framesTo } = await scene()
    await say(frame(ada, bob, 'invite'))
    await say(frame(bob, ada, 'accept'))
    await say(frame(ada, bob, 'candidate'), frame(bob, ada, 'candidate'))
    await say(frame(bob, ada, 'end'))
    expect(heard(bob)).toEqual(['invite', 'candidate'])
    expect(heard(bob, 'laptop')).toEqual(['invite', 'answered_elsewhere', 'candidate'])
    expect(heard(ada)).toEqual(['accept', 'candidate', 'end'])
    const [notice, ...others] = await stored(ada, bob)
    expect(others).toEqual([])
    expect(notice).toMatchObject({ seq: 1, from_user_id: ada, content: 'Call, 0:00' })
    for (const device of [`phone-${ada}`, `phone-${bob}`, `laptop-${bob}`])
      expect(framesTo(device).filter(({ type }) => type === 2)).toMatchObject([
        { seq: 1, from_id: ada, client_msg_id: `call:ended:0:${call_id}` },
      ])
  })

  it.each([
    ['missed, when its caller gives up', 'cancel', 'ada', 'Missed call'],
    ['declined', 'reject', 'bob', 'Declined call'],
    ['busy, when a device says so', 'busy', 'bob', 'Missed call (busy)'],
  ] as const)('is told of as %s', async (_title, action, who, text) => {
    const { ada, bob, frame, say, heard, notices } = await scene()
    await say(frame(ada, bob, 'invite'))
    await say(who === 'ada' ? frame(ada, bob, action) : frame(bob, ada, action))
    expect(await notices()).toEqual([text])
    expect(heard(bob, 'laptop')).toEqual(['invite', who === 'ada' ? 'cancel' : 'answered_elsewhere'])
  })

  it('is told of once, and its end again, when the record comes again', async () => {
    const { ada, bob, frame, say, heard, notices } = await scene()
    const end = frame(ada, bob, 'cancel')
    await say(frame(ada, bob, 'invite'), end)
    await say(end)
    expect(heard(bob)).toEqual(['invite', 'cancel', 'cancel'])
    await say(frame(bob, ada, 'end'), frame(bob, ada, 'candidate'))
    expect(await notices()).toEqual(['Missed call'])
    expect(heard(ada)).toEqual([])
  })

  it('has one user once: whoever calls meanwhile is told that the friend is busy', async () => {
    const { ada, bob, frame, say, heard } = await scene()
    const eve = await person('eve')
    await befriend(eve, bob)
    await connected(eve, 'phone')
    await say(frame(ada, bob, 'invite'))
    const other = { call_id: randomUUID() }
    await say(frame(eve, bob, 'invite', other))
    expect(heard(eve)).toEqual(['busy'])
    expect(heard(bob)).toEqual(['invite'])
    expect((await stored(eve, bob)).map(({ content }) => content)).toEqual(['Missed call (busy)'])
    // The caller is free again, and so are both once the call is over.
    await say(frame(ada, bob, 'cancel'))
    await say(frame(eve, bob, 'invite', { call_id: randomUUID() }))
    expect(heard(bob)).toEqual(['invite', 'cancel', 'invite'])
  })

  it('is the first of two by which both call each other at once', async () => {
    const { ada, bob, frame, say, heard, notices } = await scene()
    const second = { call_id: randomUUID() }
    await say(frame(ada, bob, 'invite'), frame(bob, ada, 'invite', second))
    expect(heard(ada)).toEqual([])
    expect(heard(bob)).toEqual(['invite', 'busy'])
    await say(frame(bob, ada, 'accept'))
    expect(heard(ada)).toEqual(['accept'])
    expect(await notices()).toEqual([])
  })

  it('is accepted by one device: another one that is as fast is told so', async () => {
    const { ada, bob, frame, say, heard } = await scene()
    const byLaptop = { origin: { connection_id: `laptop-${bob}`, batch: false, language: 'en' } } as const
    await say(frame(ada, bob, 'invite'))
    await say(frame(bob, ada, 'accept'), frame(bob, ada, 'accept', byLaptop))
    expect(heard(ada)).toEqual(['accept'])
    expect(heard(bob, 'laptop').filter((word) => word === 'answered_elsewhere')).toHaveLength(2)
  })

  it('rings for 45 s and holds nobody then; its caller may still give it up', async () => {
    const { ada, bob, frame, say, heard, notices } = await scene()
    await say(frame(ada, bob, 'invite'))
    await passed(bob, 45_000)
    await passed(ada, 45_000)
    await say(frame(bob, ada, 'accept'))
    expect(heard(bob)).toEqual(['invite', 'CALL_NOT_FOUND'])
    await say(frame(ada, bob, 'cancel'))
    expect(await notices()).toEqual(['Missed call'])
  })

  it('that is never ended holds nobody 3 minutes after its last frame, each of which prolongs it', async () => {
    const { ada, bob, frame, say, heard } = await scene()
    await say(frame(ada, bob, 'invite'), frame(bob, ada, 'accept'))
    for (const user of [ada, bob]) await passed(user, 170_000)
    await say(frame(bob, ada, 'candidate'))
    for (const user of [ada, bob]) await passed(user, 170_000)
    await say(frame(bob, ada, 'invite', { call_id: randomUUID() }))
    expect(heard(bob).at(-1)).toBe('busy')
    for (const user of [ada, bob]) await passed(user, 11_000)
    await say(frame(bob, ada, 'invite', { call_id: randomUUID() }))
    expect(heard(ada).at(-1)).toBe('invite')
  })

  it.each([
    ['that nobody began', 'end', []],
    ['of one’s own, of which somebody else decides,', 'accept', ['invite']],
  ] as const)('%s is refused', async (_title, action, before) => {
    const { ada, bob, call_id, frame, say, notices, framesTo } = await scene()
    for (const first of before) await say(frame(ada, bob, first))
    await say(frame(ada, bob, action))
    expect(framesTo(`phone-${ada}`)).toMatchObject([{ type: 9, reason: 'CALL_NOT_FOUND', call_id, retryable: false }])
    expect(await notices()).toEqual([])
  })

  it('that somebody else is in is refused', async () => {
    const { ada, bob, frame, say, heard } = await scene()
    const eve = await person('eve')
    await befriend(eve, bob)
    await connected(eve, 'phone')
    await say(frame(eve, bob, 'invite'))
    // Bob is in a call of eve's: he names another one to her, and hers to ada.
    await say(frame(bob, eve, 'end', { call_id: randomUUID() }))
    await say(frame(bob, ada, 'end'))
    expect(heard(bob)).toEqual(['invite', 'CALL_NOT_FOUND', 'CALL_NOT_FOUND'])
    expect(heard(eve)).toEqual([])
    expect(heard(ada)).toEqual([])
  })

  it('is not begun by what is older than 30 s; an end still ends it, and is not passed on', async () => {
    const { ada, bob, frame, say, heard, notices } = await scene()
    const late = { requested_at: Date.now() - 31_000 }
    await say(frame(ada, bob, 'invite', late))
    expect(heard(bob)).toEqual([])
    await say(frame(ada, bob, 'invite'))
    await say(frame(ada, bob, 'cancel', late))
    expect(heard(bob)).toEqual(['invite'])
    expect(await notices()).toEqual(['Missed call'])
  })

  it('is refused, and stored nothing of, while Redis is away', async () => {
    const { ada, bob, clients, frame, notices, framesTo } = await scene()
    const away = () => Promise.reject(new Error('Connection is closed.'))
    const broken = Object.assign(Object.create(redis), { evalsha: away, eval: away })
    await consume({ ...clients, redis: broken }, delivered(frame(ada, bob, 'invite')), soon())
    expect(framesTo(`phone-${ada}`)).toMatchObject([{ type: 9, reason: 'UNAVAILABLE', retryable: true }])
    expect(await notices()).toEqual([])
  })
})
