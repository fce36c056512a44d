/** Taking frames in: what is handed to the log, in which order, and what is refused before it. */
import { afterAll, describe, expect, it } from 'vitest'
import type { Outgoing } from '../../lib/client/kafka.ts'
import { ChatType } from '../../lib/core/address.ts'
import * as keys from '../../lib/core/keys.ts'
import * as session from '../../lib/service/account/session.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import * as accept from '../../lib/service/message/accept.ts'
import { closeClients, db, device, person, redis } from './stage.ts'

afterAll(closeClients)

/** Ada on her phone, and a log that keeps what it is given. */
async function scene() {
  const connection = device(await person('ada'), 'phone')
  await presence.arrive({ redis }, connection, Date.now())
  const sent: Outgoing[] = []
  let loads = 0
  const clients: accept.AcceptClients = {
    redis,
    messages: { send: async (record) => void sent.push(record) },
    loadSession: async (userId) => {
      loads += 1
      await session.load({ db, redis }, userId)
    },
  }
  const say = (content: string) =>
    accept.message(
      clients,
      ChatType.direct,
      { target_id: connection.userId + 1, content, media: 1 },
      { connection, language: 'en', messageId: content, requestedAt: Date.now(), expiresAt: Date.now() + 60_000 },
    )
  const contents = (): string[] => sent.map(({ value }) => JSON.parse(String(value)).content)
  return { connection, say, contents, loads: () => loads }
}

describe('frames in flight together', () => {
  it('keep their order though Redis has lost the session, which is loaded once', async () => {
    const { connection, say, contents, loads } = await scene()
    for (let round = 0; round < 20; round++) {
      await redis.del(keys.session(connection.userId), keys.connections(connection.userId))
      const before = { sent: contents().length, loads: loads() }
      const frames: Promise<unknown>[] = []
      for (let index = 0; index < 10; index++) {
        frames.push(say(`${round}-${index}`))
        // Some come while the session is being loaded.
        if (index % 2) await new Promise((resolve) => setImmediate(resolve))
      }
      await Promise.all(frames)
      expect(contents().slice(before.sent)).toEqual(Array.from({ length: 10 }, (_, index) => `${round}-${index}`))
      expect(loads() - before.loads).toBe(1)
    }
  })

  it('are told to catch up once when Redis has lost the connection', async () => {
    const { connection, say } = await scene()
    await redis.del(keys.session(connection.userId), keys.connections(connection.userId))
    const answers = await Promise.all(['a', 'b', 'c'].map(say))
    expect(answers.flat()).toEqual([{ type: 8, event: 'resync' }])
  })
})

describe('a frame that comes while MySQL is away and Redis empty', () => {
  it('fails, and the next one tries again', async () => {
    const { connection, say, contents } = await scene()
    await redis.del(keys.session(connection.userId))
    const failing: accept.AcceptClients = {
      redis,
      messages: { send: async () => {} },
      loadSession: () => Promise.reject(new Error('away')),
    }
    const frame = { target_id: connection.userId + 1, content: 'x', media: 1 }
    const sent = { connection, language: 'en' as const, messageId: 'x', requestedAt: 0, expiresAt: Date.now() + 60_000 }
    await expect(accept.message(failing, ChatType.direct, frame, sent)).rejects.toThrow('away')
    await say('again')
    expect(contents()).toEqual(['again'])
  })
})

describe('what a client has missed', () => {
  it('is told by the next frame when the log did not take this one', async () => {
    const { connection, say } = await scene()
    await presence.markMissed({ redis }, connection.userId, connection.id)
    const away: accept.AcceptClients = {
      redis,
      messages: { send: () => Promise.reject(new Error('away')) },
      loadSession: (userId) => session.load({ db, redis }, userId),
    }
    const frame = { target_id: connection.userId + 1, content: 'x', media: 1 }
    const sent = { connection, language: 'en' as const, messageId: 'x', requestedAt: 0, expiresAt: Date.now() + 60_000 }
    await expect(accept.message(away, ChatType.direct, frame, sent)).rejects.toThrow('away')
    expect(await say('again')).toEqual([{ type: 8, event: 'resync' }])
    expect(await say('and again')).toEqual([])
  })

  it('is told by the next frame when this one was above the rate', async () => {
    const { connection } = await scene()
    await session.load({ db, redis }, connection.userId)
    const now = Date.now()
    await presence.markMissed({ redis }, connection.userId, connection.id)
    expect(await presence.touch({ redis }, connection, 1e9, now)).toMatchObject({ mustResync: false })
    expect(await presence.touch({ redis }, connection, 0, now)).toMatchObject({ mustResync: true })
    expect(await presence.touch({ redis }, connection, 0, now)).toMatchObject({ mustResync: false })
  })
})
