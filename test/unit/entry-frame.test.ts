/** Frames: which handler receives one, and what is replied. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod/mini'
import { type Reason, Refusal } from '../../lib/core/refusal.ts'
import { frame } from '../../lib/entry/middleware/frame-router.ts'
import { connection, frames } from '../../lib/entry/socket.ts'
import { errorLines, lambda } from './entry-event.ts'

afterEach(() => vi.restoreAllMocks())

type SocketEvent = Parameters<ReturnType<typeof frames>>[0]

const authorizer = { user_id: '7', session_id: '1.s', expires_at: '60', language: 'en', batch: 'false' }
const event = (body: unknown, more = {}): SocketEvent =>
  ({
    body,
    requestContext: {
      connectionId: 'c-1',
      connectedAt: 5,
      messageId: 'm-1',
      requestTimeEpoch: 9,
      requestId: 'r-1',
      authorizer: { ...authorizer, ...more },
    },
  }) as unknown as SocketEvent

const pong = { type: 0, pong: 1, server_time: 2 } as const
const resync = { type: 8, event: 'resync' } as const
const context = {
  connection: {
    id: 'c-1',
    userId: 7,
    sessionId: '1.s',
    connectedAt: 5,
    takesArrays: false,
    heartbeatMs: 30_000,
    expiresAt: 60_000,
  },
  language: 'en',
  messageId: 'm-1',
  requestedAt: 9,
}

/** `$default` with one handler, for type 1. */
function opened(run = vi.fn(async () => [] as (typeof pong | typeof resync)[])) {
  const refused = vi.fn(async () => {})
  const only = frame(z.object({ x: z.number({ error: 'must be a number' }) }), run)
  const handler = frames(({ type }) => (type === 1 ? only : undefined), refused)
  const send = async (body: unknown, more?: object): Promise<unknown> => {
    const result = await handler(event(body, more), lambda)
    return typeof result === 'object' && result.body ? JSON.parse(result.body) : result
  }
  return { run, refused, send }
}

describe('a frame', () => {
  it('goes to its handler, with the connection that it came from', async () => {
    const { run, refused, send } = opened()
    expect(await send('{"type":1,"x":2}')).toEqual({ statusCode: 200 })
    expect(run).toHaveBeenCalledExactlyOnceWith({ x: 2 }, context)
    expect(refused).not.toHaveBeenCalled()
  })

  it.each([
    ['no JSON', 'ping', { reason: 'BAD_FRAME' }],
    ['bytes', Buffer.from('{"type":1,"x":2}'), { reason: 'BAD_FRAME' }],
    ['an array', '[{"type":1,"x":2}]', { reason: 'BAD_FRAME' }],
    ['an unknown type', '{"type":99}', { reason: 'UNKNOWN_FRAME' }],
    ['the wrong shape', '{"type":1,"x":"2","client_msg_id":"id"}', { reason: 'BAD_FRAME', client_msg_id: 'id' }],
  ])('that is malformed or of an unknown type is counted, then refused: %s', async (_title, body, refusal) => {
    const { run, refused, send } = opened()
    expect(await send(body)).toMatchObject({ type: 9, retryable: false, ...refusal })
    expect(refused).toHaveBeenCalledExactlyOnceWith(context)
    expect(run).not.toHaveBeenCalled()
  })

  it('gets the first reply only, or all as an array if the client accepts arrays', async () => {
    const { send } = opened(vi.fn(async () => [resync, pong]))
    expect(await send('{"type":1,"x":2}')).toEqual(resync)
    expect(await send('{"type":1,"x":2}', { batch: 'true' })).toEqual([resync, pong])
  })

  it('is refused as retryable if its handler fails, without details', async () => {
    const lines = errorLines()
    const { send } = opened(vi.fn(() => Promise.reject(new Error('secret'))))
    const answer = { type: 9, client_msg_id: 'id', code: 500, reason: 'FAULT', msg: 'Internal error', retryable: true }
    expect(await send('{"type":1,"x":2,"client_msg_id":"id"}')).toEqual(answer)
    expect(lines).toEqual([
      expect.objectContaining({ msg: 'fault', request_id: 'r-1', connection_id: 'c-1', user_id: 7 }),
    ])
  })

  it('may be retried after a second if a dependency is down', async () => {
    errorLines()
    const { send } = opened(vi.fn(() => Promise.reject(new Error('Connection is closed.'))))
    expect(await send('{"type":1,"x":2}')).toMatchObject({
      reason: 'UNAVAILABLE',
      retryable: true,
      retry_after_ms: 1_000,
    })
  })
})

describe('a frame of a session that is over', () => {
  const refusing = (reason: Reason, getsThrough: boolean) => {
    const dismiss = vi.fn(async () => getsThrough)
    const handler = frames(
      () => frame(z.object({}), () => Promise.reject(new Refusal(reason))),
      async () => {},
      dismiss,
    )
    return { dismiss, answer: handler(event('{"client_msg_id":"id"}'), lambda) }
  }

  it.each(['TOKEN_EXPIRED', 'SESSION_ENDED'] as const)(
    'is refused by a post before its connection ends: %s',
    async (reason) => {
      const { dismiss, answer } = refusing(reason, true)
      expect(await answer).toEqual({ statusCode: 200 })
      const refusal = expect.stringContaining(`"client_msg_id":"id","code":401,"reason":"${reason}"`)
      expect(dismiss).toHaveBeenCalledExactlyOnceWith(context.connection, reason, refusal)
    },
  )

  it('is refused by the response if the post does not get through', async () => {
    const { answer } = refusing('SESSION_ENDED', false)
    expect(JSON.parse(((await answer) as { body: string }).body)).toMatchObject({ type: 9, reason: 'SESSION_ENDED' })
  })

  it.each(['TOO_MANY_REQUESTS', 'NOT_FRIENDS', 'FAULT'] as const)('is none that is refused for %s', async (reason) => {
    const { dismiss, answer } = refusing(reason, true)
    expect(JSON.parse(((await answer) as { body: string }).body)).toMatchObject({ type: 9, reason })
    expect(dismiss).not.toHaveBeenCalled()
  })
})

describe('a frame that is refused for good', () => {
  const refusing = (reason: Reason, getsThrough: boolean) => {
    const dismiss = vi.fn(async () => getsThrough)
    const run = () => Promise.reject(new Refusal(reason, { isLast: true }))
    const handler = frames(
      () => frame(z.object({}), run),
      async () => {},
      dismiss,
    )
    return { dismiss, answer: handler(event('{}'), lambda) }
  }

  it.each(['TOO_MANY_REQUESTS', 'TOO_MANY_CONNECTIONS'] as const)('ends its connection: %s', async (reason) => {
    const { dismiss, answer } = refusing(reason, true)
    expect(await answer).toEqual({ statusCode: 200 })
    const refusal = expect.stringContaining(`"code":429,"reason":"${reason}"`)
    expect(dismiss).toHaveBeenCalledExactlyOnceWith(context.connection, reason, refusal)
  })
})

describe('a connection', () => {
  it.each([
    ['asks for nothing', {}, 30_000],
    ['asks for 240 s', { heartbeat: '240' }, 240_000],
  ])('may be silent for as long as it asks for: %s', async (_title, asked, heartbeatMs) => {
    const run = vi.fn(async () => {})
    expect(await connection(run)(event(undefined, asked), lambda)).toEqual({ statusCode: 200 })
    expect(run).toHaveBeenCalledExactlyOnceWith({ ...context.connection, heartbeatMs })
  })

  it('is refused with 400 if it asks for what it cannot have', async () => {
    const run = vi.fn(async () => {})
    expect(await connection(run)(event(undefined, { heartbeat: 'NaN' }), lambda)).toEqual({ statusCode: 400 })
    expect(run).not.toHaveBeenCalled()
  })

  it.each([
    ['SESSION_ENDED', 401],
    ['TOKEN_EXPIRED', 401],
    ['TOO_MANY_REQUESTS', 429],
    ['UNAVAILABLE', 503],
  ] as const)('is refused with the status of %s', async (reason, statusCode) => {
    const lines = errorLines()
    const handler = connection(() => Promise.reject(new Refusal(reason)))
    expect(await handler(event(undefined), lambda)).toEqual({ statusCode })
    expect(lines).toEqual([])
  })

  it('fails to open while Redis is down, which is logged', async () => {
    const lines = errorLines()
    const handler = connection(() => Promise.reject(new Error('Connection is closed.')))
    await expect(handler(event(undefined), lambda)).rejects.toThrow('Connection is closed.')
    expect(lines).toEqual([expect.objectContaining({ msg: 'connection handler failed', connection_id: 'c-1' })])
  })
})
