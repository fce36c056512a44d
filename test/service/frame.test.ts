/** Frames as the gateway brings them to `$default`: whoever sends one is there, whatever it holds. */
import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { handler as connect } from '../../functions/socket/connect.ts'
import { handler as disconnect } from '../../functions/socket/disconnect.ts'
import { handler } from '../../functions/socket/message.ts'
import { messages } from '../../lib/client/message-topic.ts'
import { config } from '../../lib/core/config.ts'
import * as keys from '../../lib/core/keys.ts'
import * as session from '../../lib/service/account/session.ts'
import { onlineAmong } from '../../lib/service/connection/online.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import { markMissed } from '../../lib/service/connection/recipient.ts'
import { closeClients, db, device, person, redis } from './stage.ts'

afterAll(async () => {
  await messages.close()
  await closeClients()
})

/** Ada, whose phone has been silent for longer than makes her online. */
async function silentAda() {
  const userId = await person('ada')
  const phone = device(userId, 'phone')
  await presence.arrive({ redis }, phone, Date.now() - 180_000)
  const isOnline = async () => (await onlineAmong({ redis }, [userId], Date.now())).has(userId)
  const send = async (body: unknown) => {
    const event = {
      body,
      requestContext: {
        connectionId: phone.id,
        connectedAt: phone.connectedAt,
        requestId: randomUUID(),
        messageId: randomUUID(),
        requestTimeEpoch: Date.now(),
        authorizer: {
          user_id: String(userId),
          session_id: phone.sessionId,
          expires_at: String(Math.floor(Date.now() / 1000) + 60),
          language: 'en',
          batch: 'false',
        },
      },
    }
    const result = await handler(event as never, {} as never)
    return typeof result === 'object' && result.body ? JSON.parse(result.body) : undefined
  }
  return { userId, phone, isOnline, send }
}

const refusedFrames: [string, unknown, string][] = [
  ['the text ping', 'ping', 'BAD_FRAME'],
  ['an empty text', '', 'BAD_FRAME'],
  ['a string', '"ping"', 'BAD_FRAME'],
  ['an array', '[{"type":0}]', 'BAD_FRAME'],
  ['half of an object', '{"type":', 'BAD_FRAME'],
  ['bytes', Buffer.from('{"type":0}'), 'BAD_FRAME'],
  ['an unknown type', '{"type":99}', 'UNKNOWN_FRAME'],
  ['no type', '{}', 'UNKNOWN_FRAME'],
  ['a type that is text', '{"type":"heartbeat"}', 'UNKNOWN_FRAME'],
  ['a heartbeat of the wrong shape', '{"type":0,"ping":{}}', 'BAD_FRAME'],
  ...[2, 3].flatMap((type): [string, string, string][] => [
    [`an empty message of type ${type}`, `{"type":${type},"target_id":7,"content":""}`, 'BAD_FRAME'],
    [`a message of type ${type} to nobody`, `{"type":${type},"target_id":0,"content":"x"}`, 'BAD_FRAME'],
    [
      `a message of type ${type} that is too long`,
      JSON.stringify({ type, target_id: 7, content: 'x'.repeat(16_385) }),
      'TOO_LARGE',
    ],
  ]),
]

describe('a frame that is refused', () => {
  it.each(refusedFrames)('keeps its user online all the same: %s', async (_title, body, reason) => {
    const { isOnline, send } = await silentAda()
    expect(await isOnline()).toBe(false)
    expect(await send(body)).toMatchObject({ type: 9, reason })
    expect(await isOnline()).toBe(true)
  })

  it.each([
    { type: 2, content: 'x' },
    { type: 6, seq: 1 },
    { type: 7, typing: true },
  ])('to oneself keeps its user online, too, and is none to the group of one’s own id: %o', async (frame) => {
    const { userId, isOnline, send } = await silentAda()
    const toOneself = { ...frame, target_id: userId }
    expect(await send(JSON.stringify(toOneself))).toMatchObject({ type: 9, reason: 'TARGET_IS_SELF' })
    expect(await isOnline()).toBe(true)
    const toGroup = frame.type === 2 ? { ...toOneself, type: 3 } : { ...toOneself, chat_type: 3 }
    expect(await send(JSON.stringify(toGroup))).toBeUndefined()
  })

  it.each(refusedFrames)('tells a session that has ended: %s', async (_title, body) => {
    const { userId, phone, isOnline, send } = await silentAda()
    const claims = { userId, username: 'ada', sessionId: phone.sessionId, expiresAt: Date.now() / 1000 + 60 }
    await session.end({ db, redis }, claims)
    expect(await send(body)).toMatchObject({ type: 9, reason: 'SESSION_ENDED' })
    expect(await isOnline()).toBe(false)
  })

  it('counts towards the rate', async () => {
    const { send } = await silentAda()
    const answers = await Promise.all(Array.from({ length: config.messageRate.burst + 50 }, () => send('ping')))
    expect(answers).toContainEqual(expect.objectContaining({ reason: 'TOO_MANY_REQUESTS', retryable: true }))
  })

  it('leaves it to the next one to say that a push may have been missed', async () => {
    const { userId, phone, send } = await silentAda()
    await markMissed({ redis }, userId, phone.id)
    expect(await send('ping')).toMatchObject({ reason: 'BAD_FRAME' })
    expect(await send('{"type":0}')).toEqual({ type: 8, event: 'resync' })
    expect(await send('{"type":0}')).toBeUndefined()
  })
})

describe('a frame that names the route of a connection', () => {
  it.each([connect, disconnect])('changes nothing', async (handle) => {
    const { userId, phone } = await silentAda()
    const before = await redis.hgetall(keys.connections(userId))
    const requestContext = {
      eventType: 'MESSAGE',
      connectionId: phone.id,
      authorizer: { user_id: String(userId), session_id: 'x', batch: 'true' },
    }
    expect(await handle({ requestContext } as never, {} as never)).toEqual({ statusCode: 400 })
    expect(await redis.hgetall(keys.connections(userId))).toEqual(before)
  })
})

describe('a heartbeat', () => {
  it.each([
    '{"type":0}',
    '{"type":0,"content":"ping"}',
    '{"type":0,"target_id":0,"content":""}',
    '{"type":0,"target_id":0,"content":"","media":0,"from_id":0}',
    '{"type":0,"target_id":null,"content":null,"ping":null}',
  ])('is %s: silent, and its user is online', async (body) => {
    const { isOnline, send } = await silentAda()
    expect(await send(body)).toBeUndefined()
    expect(await isOnline()).toBe(true)
  })

  it('costs little of the rate', async () => {
    const { send } = await silentAda()
    const beats = Array.from({ length: config.messageRate.burst * 9 }, () => send('{"type":0,"target_id":0}'))
    expect((await Promise.all(beats)).filter(Boolean)).toEqual([])
  })
})

describe('a member that is null', () => {
  it('counts as absent where it may be', async () => {
    const { userId, send } = await silentAda()
    for (const type of [2, 3]) {
      const frame = { type, target_id: userId + 1, content: 'x', media: null, client_msg_id: null }
      expect(await send(JSON.stringify(frame))).toBeUndefined()
    }
  })

  it.each([
    { type: 2, target_id: null, content: 'x' },
    { type: 3, target_id: null, content: 'x' },
    { type: 2, target_id: 7, content: null },
    { type: 3, target_id: 7, content: null },
    { type: 6, target_id: 7, seq: null },
    { type: 7, target_id: 7, typing: null },
  ])('is refused where it may not: %o', async (frame) => {
    const { send } = await silentAda()
    expect(await send(JSON.stringify(frame))).toMatchObject({ reason: 'BAD_FRAME' })
  })
})
