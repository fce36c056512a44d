/** Taking frames in: what is handed to the log, in which order, and what is refused before it. */
import { afterAll, describe, expect, it } from 'vitest'
import type { Outgoing } from '../../lib/client/kafka.ts'
import { ChatType } from '../../lib/core/address.ts'
import * as keys from '../../lib/core/keys.ts'
import * as session from '../../lib/service/account/session.ts'
import * as presence from '../../lib/service/connection/presence.ts'
import { markMissed } from '../../lib/service/connection/recipient.ts'
import * as accept from '../../lib/service/message/accept.ts'
import { closeClients, db, device, person, redis } from './stage.ts'

afterAll(closeClients)

/** To a user, and to a group: the one that has the id of its sender. */
const kinds = [
  { kind: 'a friend', chatType: ChatType.direct, targetOf: (caller: number) => caller + 1 },
  { kind: 'a group', chatType: ChatType.group, targetOf: (caller: number) => caller },
]
type Kind = (typeof kinds)[number]

/** Ada on her phone, and a log that keeps what it is given. */
async function scene({ chatType, targetOf }: Kind) {
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
  const context = (messageId: string) => ({
    connection,
    language: 'en' as const,
    messageId,
    requestedAt: Date.now(),
  })
  const target_id = targetOf(connection.userId)
  const say = (content: string, given: Partial<accept.AcceptClients> = {}) =>
    accept.message({ ...clients, ...given }, chatType, { target_id, content, media: 1 }, context(content))
  const contents = (): string[] => sent.map(({ value }) => JSON.parse(String(value)).content)
  return { connection, say, sent, contents, loads: () => loads }
}

describe.each(kinds)('frames in flight together, to $kind', (kind) => {
  it('keep their order though Redis has lost the session, which is loaded once', async () => {
    const { connection, say, contents, loads } = await scene(kind)
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
    const { connection, say } = await scene(kind)
    await redis.del(keys.session(connection.userId), keys.connections(connection.userId))
    const answers = await Promise.all(['a', 'b', 'c'].map((content) => say(content)))
    expect(answers.flat()).toEqual([{ type: 8, event: 'resync' }])
  })
})

describe.each(kinds)('a record for $kind', (kind) => {
  it('has the conversation as its key, so that all of its records share a partition', async () => {
    const { connection, say, sent } = await scene(kind)
    await say('hello')
    const key =
      kind.chatType === ChatType.group ? `group:${connection.userId}` : `${connection.userId}:${connection.userId + 1}`
    expect(sent.map((outgoing) => outgoing.key)).toEqual([key])
    expect(JSON.parse(String(sent[0]?.value))).toMatchObject({ kind: 'message', chat_type: kind.chatType })
  })
})

describe.each(kinds)('a frame to $kind that comes while MySQL is away and Redis empty', (kind) => {
  it('fails, and the next one tries again', async () => {
    const { connection, say, contents } = await scene(kind)
    await redis.del(keys.session(connection.userId))
    const loadSession = () => Promise.reject(new Error('away'))
    await expect(say('lost', { loadSession })).rejects.toThrow('away')
    await say('again')
    expect(contents()).toEqual(['again'])
  })
})

describe.each(kinds)('what a client has missed, by a frame to $kind', (kind) => {
  it('is told by the next frame when the log did not take this one', async () => {
    const { connection, say } = await scene(kind)
    await markMissed({ redis }, connection.userId, connection.id)
    const messages = { send: () => Promise.reject(new Error('away')) }
    await expect(say('lost', { messages })).rejects.toThrow('away')
    expect(await say('again')).toEqual([{ type: 8, event: 'resync' }])
    expect(await say('and again')).toEqual([])
  })

  it('is told by the next frame when this one was above the rate', async () => {
    const { connection } = await scene(kind)
    await session.load({ db, redis }, connection.userId)
    const now = Date.now()
    await markMissed({ redis }, connection.userId, connection.id)
    expect(await presence.touch({ redis }, connection, 1e9, now)).toMatchObject({ mustResync: false })
    expect(await presence.touch({ redis }, connection, 0, now)).toMatchObject({ mustResync: true })
    expect(await presence.touch({ redis }, connection, 0, now)).toMatchObject({ mustResync: false })
  })
})
