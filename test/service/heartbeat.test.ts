/** The interval of heartbeats, from the query of a connection to what friends see: every function by the gateway's events. */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { handler as authorize } from '../../functions/socket/authorize.ts'
import { handler as connect } from '../../functions/socket/connect.ts'
import { handler as disconnect } from '../../functions/socket/disconnect.ts'
import { handler as receive } from '../../functions/socket/message.ts'
import { messages } from '../../lib/client/message-topic.ts'
import * as keys from '../../lib/core/keys.ts'
import * as token from '../../lib/core/token.ts'
import { onlineAmong } from '../../lib/service/connection/online.ts'
import { recipientsOf } from '../../lib/service/connection/recipient.ts'
import { closeClients, person, redis } from './stage.ts'

afterAll(async () => {
  await messages.close()
  await closeClients()
})

// Time stands still but for `pass`.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())
const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1_000)

const isOnline = async (userId: number) => (await onlineAmong({ redis }, [userId], Date.now())).has(userId)

/** Opens a connection as the gateway does: what the authorizer says of it comes with all of its events. */
async function opened(userId: number, query: Record<string, string> = {}) {
  const bearer = token.issue(token.localKey(), { id: userId, username: 'ada', sessionEpoch: 0 })
  const requestContext = { requestId: randomUUID(), connectionId: randomUUID(), connectedAt: Date.now() }
  const question = { methodArn: 'arn', headers: {}, queryStringParameters: { token: bearer, ...query }, requestContext }
  const { context: authorizer } = await authorize(question as never, {} as never)
  const event = (more: object = {}) => ({ requestContext: { ...requestContext, authorizer, ...more } })
  const { statusCode } = (await connect(event({ eventType: 'CONNECT' }) as never, {} as never)) as {
    statusCode: number
  }
  const send = async (frame: object) => {
    const more = { eventType: 'MESSAGE', messageId: randomUUID(), requestTimeEpoch: Date.now() }
    const answer = await receive({ ...event(more), body: JSON.stringify(frame) } as never, {} as never)
    return typeof answer === 'object' && answer.body ? JSON.parse(answer.body) : undefined
  }
  const close = () => disconnect(event({ eventType: 'DISCONNECT' }) as never, {} as never)
  return { id: requestContext.connectionId, statusCode, send, close }
}

describe('a client', () => {
  it.each([
    ['that asks for nothing', {}, 30],
    ['that asks for 30 s', { heartbeat: '30' }, 30],
    ['that asks for 240 s', { heartbeat: '240' }, 240],
    ['that asks for 480 s, and for arrays', { heartbeat: '480', frames: 'batch' }, 480],
  ])('%s is online with a heartbeat each so often, and for a minute more', async (_title, query, seconds) => {
    const ada = await person('ada')
    const { statusCode, send } = await opened(ada, query)
    expect(statusCode).toBe(200)
    for (let beat = 0; beat < 3; beat++) {
      pass(seconds)
      expect(await isOnline(ada)).toBe(true)
      expect(await send({ type: 0 })).toBeUndefined()
    }
    pass(seconds + 59)
    expect(await isOnline(ada)).toBe(true)
    pass(2)
    expect(await isOnline(ada)).toBe(false)
    expect(await send({ type: 0, ping: 1 })).toMatchObject({ pong: 1 })
    expect(await isOnline(ada)).toBe(true)
  })

  it('is kept online by any frame, even one that is refused', async () => {
    const ada = await person('ada')
    const { send } = await opened(ada, { heartbeat: '300' })
    pass(300)
    expect(await send({ type: 99 })).toMatchObject({ reason: 'UNKNOWN_FRAME' })
    pass(359)
    expect(await isOnline(ada)).toBe(true)
    pass(2)
    expect(await isOnline(ada)).toBe(false)
  })

  it('that Redis has lost is back for as long as it asked for, with its next frame', async () => {
    const ada = await person('ada')
    const { send } = await opened(ada, { heartbeat: '480' })
    await redis.del(keys.connections(ada))
    await redis.zrem(keys.due(ada), ada)
    expect(await isOnline(ada)).toBe(false)
    expect(await send({ type: 0 })).toEqual({ type: 8, event: 'resync' })
    pass(539)
    expect(await isOnline(ada)).toBe(true)
  })

  it.each(['', '29', '481', '1e2', '60s', 'NaN', '-60', '60.5', '٦٠'])(
    'that asks for %j is refused, and is not there',
    async (heartbeat) => {
      const ada = await person('ada')
      expect((await opened(ada, { heartbeat })).statusCode).toBe(400)
      expect(await isOnline(ada)).toBe(false)
      expect((await recipientsOf({ redis }, [ada])).get(ada)).toEqual([])
    },
  )
})

describe('two clients of one user, one in haste and one patient', () => {
  it('have their user offline exactly when the last time is over', async () => {
    const ada = await person('ada')
    const desk = await opened(ada, { heartbeat: '480' })
    const phone = await opened(ada)
    for (let beat = 0; beat < 4; beat++) {
      pass(30)
      await phone.send({ type: 0 })
    }
    // Both are lost in silence: the desk has been silent for 120 s, and may be for 420 more.
    pass(419)
    expect(await isOnline(ada)).toBe(true)
    pass(2)
    expect(await isOnline(ada)).toBe(false)
    await phone.send({ type: 0 })
    pass(89)
    expect(await isOnline(ada)).toBe(true)
    await desk.close()
    expect(await isOnline(ada)).toBe(true)
    pass(2)
    expect(await isOnline(ada)).toBe(false)
  })

  it('have their user offline by the phone’s time when the desk has gone', async () => {
    const ada = await person('ada')
    const desk = await opened(ada, { heartbeat: '480' })
    await opened(ada)
    pass(60)
    await desk.send({ type: 0 })
    expect((await recipientsOf({ redis }, [ada])).get(ada)).toHaveLength(2)
    await desk.close()
    pass(29)
    expect(await isOnline(ada)).toBe(true)
    pass(2)
    expect(await isOnline(ada)).toBe(false)
  })
})
