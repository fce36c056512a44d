/** Sessions that end, and tokens that expire: what becomes of their connections, whatever happens at the same time. */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { handler as connect } from '../../functions/socket/connect.ts'
import { handler as receive } from '../../functions/socket/message.ts'
import * as gatewayClient from '../../lib/client/gateway.ts'
import { messages } from '../../lib/client/message-topic.ts'
import * as keys from '../../lib/core/keys.ts'
import * as session from '../../lib/service/account/session.ts'
import * as user from '../../lib/service/account/user.ts'
import { deliver } from '../../lib/service/connection/delivery.ts'
import { onlineAmong } from '../../lib/service/connection/online.ts'
import { admit } from '../../lib/service/connection/opening.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import { type Over, recipientsOf } from '../../lib/service/connection/recipient.ts'
import { FrameType } from '../../lib/wire/frame.ts'
import { commandsOf } from './recorder.ts'
import { closeClients, connected, db, device, listeningGateway, person, redis } from './stage.ts'

afterEach(() => void vi.restoreAllMocks())
afterAll(async () => {
  await messages.close()
  await closeClients()
})

const soon = () => Date.now() + 60_000
const claimsOf = ({ userId, sessionId }: presence.Connection) => ({
  userId,
  username: 'ada',
  sessionId,
  expiresAt: Math.ceil(soon() / 1000),
})

/** Ada, whose sessions Redis knows, with a phone and a laptop of two sessions. */
async function ada(given: Partial<presence.Connection> = {}) {
  const userId = await person('ada')
  await session.load({ db, redis }, userId)
  const phone = await connected(userId, 'phone', { sessionId: '0.phone', ...given })
  const laptop = await connected(userId, 'laptop', { sessionId: '0.laptop' })
  return { userId, phone, laptop }
}

const hello = { type: FrameType.event, event: 'friend_request', user_id: 1 } as const
const over = (reason: Over) => ({ type: 10, reason, reconnect_after_ms: 0 })
const push = (gateway: gatewayClient.Gateway, userId: number) =>
  deliver({ redis, gateway }, [], [{ userIds: [userId], frame: hello }])

const idsOf = async (userId: number): Promise<string[]> =>
  ((await recipientsOf({ redis }, [userId])).get(userId) ?? []).map(({ connectionId }) => connectionId)
const isOnline = async (userId: number) => (await onlineAmong({ redis }, [userId], Date.now())).has(userId)

describe('a push', () => {
  it('is not sent after a token has expired: the connection is told so, closed and forgotten', async () => {
    const { userId, phone, laptop } = await ada({ expiresAt: Date.now() - 1 })
    const { gateway, framesTo, closed } = listeningGateway()
    await push(gateway, userId)
    expect(framesTo(phone.id)).toEqual([over('TOKEN_EXPIRED')])
    expect(closed).toEqual([phone.id])
    expect(framesTo(laptop.id)).toEqual([hello])
    expect(await idsOf(userId)).toEqual([laptop.id])
    await push(gateway, userId)
    expect(framesTo(phone.id)).toHaveLength(1)
  })

  it('is not sent after a session has ended, though nobody has closed its connections', async () => {
    const { userId, phone, laptop } = await ada({ takesArrays: true })
    await session.end({ db, redis }, claimsOf(phone))
    const { gateway, framesTo, closed } = listeningGateway()
    await push(gateway, userId)
    expect(framesTo(phone.id)).toEqual([over('SESSION_ENDED')])
    expect(closed).toEqual([phone.id])
    expect(framesTo(laptop.id)).toEqual([hello])
    expect(await idsOf(userId)).toEqual([laptop.id])
  })

  it('is not sent to sessions from before a change of the password, but for the one that changed it', async () => {
    const { userId, phone, laptop } = await ada()
    await session.replacePassword({ db, redis }, claimsOf(laptop), { from: 'x', to: 'y' })
    const { gateway, framesTo } = listeningGateway()
    await push(gateway, userId)
    expect(framesTo(phone.id)).toEqual([over('SESSION_ENDED')])
    expect(framesTo(laptop.id)).toEqual([hello])
  })

  it('leaves nobody online by a connection that is over, nor fails where it cannot be reached', async () => {
    const { userId, laptop } = await ada({ expiresAt: Date.now() - 1 })
    await presence.leave({ redis }, userId, laptop.id)
    expect(await isOnline(userId)).toBe(true)
    const { gateway } = listeningGateway(() => 'gone')
    await push(gateway, userId)
    expect(await isOnline(userId)).toBe(false)
    expect(await idsOf(userId)).toEqual([])
  })

  it('reaches a connection that a version before has stored, without its end', async () => {
    const { userId, phone } = await ada()
    const { expires: _none, ...before } = JSON.parse((await redis.hget(keys.connections(userId), phone.id)) ?? '')
    await redis.hset(keys.connections(userId), phone.id, JSON.stringify(before))
    const { gateway, framesTo } = listeningGateway()
    await push(gateway, userId)
    expect(framesTo(phone.id)).toEqual([hello])
  })

  it('takes one command, and so do a frame and a connection that opens', async () => {
    const { userId, phone } = await ada()
    const { gateway } = listeningGateway()
    await push(gateway, userId)
    await presence.touch({ redis }, phone, 1, Date.now())
    expect(await commandsOf(redis, () => push(gateway, userId))).toEqual(['hgetall'])
    expect(await commandsOf(redis, () => presence.touch({ redis }, phone, 1, Date.now()))).toEqual(['evalsha'])
    expect(await commandsOf(redis, () => admit({ redis }, phone, Date.now()))).toEqual(['evalsha'])
  })
})

/** An event of a connection, as the gateway makes it. */
const eventOf = ({ id, userId, sessionId, connectedAt, expiresAt }: presence.Connection, more: object, body?: string) =>
  ({
    body,
    requestContext: {
      connectionId: id,
      connectedAt,
      requestId: randomUUID(),
      messageId: randomUUID(),
      requestTimeEpoch: Date.now(),
      authorizer: {
        user_id: `${userId}`,
        session_id: sessionId,
        expires_at: `${expiresAt / 1000}`,
        language: 'en',
        batch: 'false',
      },
      ...more,
    },
  }) as never
const lambda = {} as never

const frames: [title: string, text: string][] = [
  ['a heartbeat', '{"type":0}'],
  ['a message', '{"type":2,"target_id":7,"content":"x","client_msg_id":"m"}'],
  ['a frame that is none', 'ping'],
]

describe.each(frames)('%s', (_title, text) => {
  /** Sends it; returns what is posted, by a gateway that answers so. */
  async function sent(connection: presence.Connection, answer: 'sent' | 'failed') {
    const { gateway, framesTo, closed } = listeningGateway(() => answer)
    vi.spyOn(gatewayClient.gateway, 'post').mockImplementation(gateway.post)
    vi.spyOn(gatewayClient.gateway, 'close').mockImplementation(gateway.close)
    const response = await receive(eventOf(connection, { eventType: 'MESSAGE' }, text), lambda)
    return { response, posted: framesTo(connection.id), closed }
  }

  it.each(['TOKEN_EXPIRED', 'SESSION_ENDED'] as const)(
    'after %s is refused, and ends its connection',
    async (reason) => {
      const { userId, phone, laptop } = await ada(reason === 'TOKEN_EXPIRED' ? { expiresAt: Date.now() - 1 } : {})
      if (reason === 'SESSION_ENDED') await session.end({ db, redis }, claimsOf(phone))
      const { response, posted, closed } = await sent(phone, 'sent')
      expect(posted).toEqual([expect.objectContaining({ type: 9, reason, retryable: false }), over(reason)])
      expect(closed).toEqual([phone.id])
      expect(response).toEqual({ statusCode: 200 })
      expect(await idsOf(userId)).toEqual([laptop.id])
    },
  )

  it('of a session that has ended is answered where its connection cannot be posted to, and is forgotten', async () => {
    const { userId, phone, laptop } = await ada()
    await session.end({ db, redis }, claimsOf(phone))
    const { response, closed } = await sent(phone, 'failed')
    expect(JSON.parse((response as { body: string }).body)).toMatchObject({ type: 9, reason: 'SESSION_ENDED' })
    expect(closed).toEqual([])
    expect(await idsOf(userId)).toEqual([laptop.id])
  })

  it('of a session that counts ends nothing', async () => {
    const { phone } = await ada()
    expect((await sent(phone, 'sent')).closed).toEqual([])
  })
})

it('touching removes the connection of a session that has ended', async () => {
  const { userId, phone, laptop } = await ada()
  await session.end({ db, redis }, claimsOf(phone))
  expect((await presence.touch({ redis }, phone, 0, Date.now())).session).toBe('ended')
  expect(await idsOf(userId)).toEqual([laptop.id])
})

describe('a connection that opens', () => {
  const statusOf = async (connection: presence.Connection) =>
    ((await connect(eventOf(connection, { eventType: 'CONNECT' }), lambda)) as { statusCode: number }).statusCode

  it('is refused if its session has ended since the authorizer looked, and is not there', async () => {
    const { userId, phone, laptop } = await ada()
    await session.end({ db, redis }, claimsOf(phone))
    expect(await statusOf(phone)).toBe(401)
    expect(await idsOf(userId)).toEqual([laptop.id])
    expect(await statusOf({ ...laptop, id: 'other' })).toBe(200)
  })

  it('is refused if its token has expired since', async () => {
    const { userId, phone, laptop } = await ada()
    await presence.leave({ redis }, userId, phone.id)
    expect(await statusOf({ ...phone, expiresAt: Date.now() - 1_000 })).toBe(401)
    expect(await idsOf(userId)).toEqual([laptop.id])
  })

  it('has to come again if Redis has lost the session since', async () => {
    const { userId, phone, laptop } = await ada()
    await redis.del(keys.session(userId))
    expect(await statusOf({ ...phone, id: 'late' })).toBe(503)
    expect((await idsOf(userId)).sort()).toEqual([laptop.id, phone.id].sort())
  })
})

const races = Array.from({ length: 60 }, (_, index) => index)
/** Lets some of what is under way go on. */
const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('60 races of a log-out', () => {
  it('against a connection that opens: it is refused, or closed, and none is left', async () => {
    const outcomes = await Promise.all(
      races.map(async (index) => {
        const { userId, phone, laptop } = await ada()
        const late = device(userId, 'late', { sessionId: phone.sessionId, connectedAt: Date.now() })
        const { gateway, closed } = listeningGateway()
        const out = user.logOut({ db, redis, gateway }, claimsOf(phone))
        if (index % 3 === 0) await out
        else await turns(index)
        const isIn = await admit({ redis }, late, Date.now()).then(
          () => true,
          () => false,
        )
        await out
        expect(await idsOf(userId)).toEqual([laptop.id])
        expect(closed.includes(late.id)).toBe(isIn)
        return isIn
      }),
    )
    expect(new Set(outcomes)).toEqual(new Set([true, false]))
  })

  it('against pushes: none arrives after its answer', async () => {
    for (const index of races) {
      const { userId, phone, laptop } = await ada()
      let isOut = false
      const late: string[] = []
      const { gateway, closed, framesTo } = listeningGateway(({ connectionId, text }) => {
        if (closed.includes(connectionId)) return 'gone'
        if (isOut && connectionId === phone.id) late.push(text)
        return 'sent'
      })
      const pushes = Array.from({ length: 8 }, () => turns(index % 10).then(() => push(gateway, userId)))
      await user.logOut({ db, redis, gateway }, claimsOf(phone)).then(() => {
        isOut = true
      })
      await push(gateway, userId)
      await Promise.all(pushes)
      expect(late).toEqual([])
      expect(framesTo(laptop.id)).toHaveLength(9)
    }
  })
})
