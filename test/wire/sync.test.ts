/** Catching up: paging by seq, and sync. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { history, say, texts, upTo } from '../support/chat.ts'
import { act, befriend, friendOf } from '../support/friend.ts'
import { call, ok, refused } from '../support/http.ts'
import { newcomers, type Person, people } from '../support/people.ts'
import { Row } from '../support/shape.ts'
import { closeAll, connect, type Socket } from '../support/socket.ts'

afterAll(closeAll)

const Synced = z.strictObject({
  target_id: z.int(),
  messages: z.array(Row),
  last_seq: z.int(),
  read_seq: z.int(),
  peer_read_seq: z.int(),
  has_more: z.boolean(),
})

const { ada, bob, eve } = newcomers(beforeAll, 'ada', 'bob', 'eve')
let adas: Socket
const said = texts(12)
beforeAll(async () => {
  await befriend(ada, bob)
  adas = await connect({ token: ada.token })
  for (const content of said) await say(adas, bob, content)
})

const sync = async (reader: Person, conversations: unknown, limit?: unknown) =>
  ok(await call('POST', '/api/chat/sync', { token: reader.token, body: { conversations, limit } }), z.array(Synced))
const page = async (reader: Person, query: Record<string, string | number>) =>
  ok(
    await call('GET', '/api/chat/history', { token: reader.token, query: { target_id: ada.id, ...query } }),
    z.array(Row),
  )
const seqs = (rows: { seq: number }[]): number[] => rows.map(({ seq }) => seq)

describe('paging', () => {
  it('follows a point or leads to one, oldest first', async () => {
    expect(seqs(await page(bob, { after_seq: 0, limit: 5 }))).toEqual([1, 2, 3, 4, 5])
    expect(seqs(await page(bob, { after_seq: 10 }))).toEqual([11, 12])
    expect(seqs(await page(bob, { before_seq: 4 }))).toEqual([1, 2, 3])
    expect(seqs(await page(bob, { before_seq: 10, limit: 2 }))).toEqual([8, 9])
    expect(seqs(await page(bob, { limit: 1 }))).toEqual([12])
    expect(await page(bob, { after_seq: 12 })).toEqual([])
  })

  it.each<Record<string, string | number>>([
    { limit: 0 },
    { limit: 201 },
    { limit: 'x' },
    { before_seq: 0 },
    { before_seq: -1 },
    { after_seq: -1 },
    { after_seq: 1.5 },
    { after_seq: 'x' },
    { after_seq: 1, before_seq: 5 },
  ])('refuses %o', async (query) => {
    const reply = await call('GET', '/api/chat/history', { token: bob.token, query: { target_id: ada.id, ...query } })
    refused(reply, { status: 400, code: 400 })
  })
})

describe('sync', () => {
  it('gives what was missed, as the history has it, with the marks of both sides', async () => {
    const [conversation] = await sync(bob, [{ target_id: ada.id, after_seq: 9 }])
    const rows = (await history(bob, ada)).slice(9)
    expect(conversation).toEqual({
      target_id: ada.id,
      messages: rows,
      last_seq: 12,
      read_seq: (await friendOf(bob, ada)).read_seq,
      peer_read_seq: 0,
      has_more: false,
    })
  })

  it('says has_more until all is given', async () => {
    const seen: number[] = []
    for (let hasMore = true; hasMore; ) {
      const [conversation] = await sync(bob, [{ target_id: ada.id, after_seq: seen.at(-1) ?? 0 }], 5)
      seen.push(...seqs(conversation?.messages ?? []))
      hasMore = conversation?.has_more ?? false
    }
    expect(seen).toEqual(upTo(12))
  })

  it('follows mark-read', async () => {
    await act(bob, 'mark-read', ada)
    expect((await sync(bob, [{ target_id: ada.id, after_seq: 12 }]))[0]).toMatchObject({ read_seq: 12, messages: [] })
    expect((await sync(ada, [{ target_id: bob.id, after_seq: 12 }]))[0]).toMatchObject({ peer_read_seq: 12 })
  })

  it('gives a stranger nothing', async () => {
    const [conversation] = await sync(eve, [{ target_id: ada.id, after_seq: 0 }])
    expect(conversation).toMatchObject({ target_id: ada.id, messages: [], last_seq: 0, has_more: false })
    expect(await sync(eve, [])).toEqual([])
  })

  it('is complete for a device that was away while the other wrote', async () => {
    const { ada, bob } = await people('ada', 'bob')
    await befriend(ada, bob)
    const adas = await connect({ token: ada.token })
    const bobs = await connect({ token: bob.token })
    bobs.close()
    await bobs.closed
    const missed = await Promise.all(texts(20, 'missed').map((content) => say(adas, bob, content)))
    const [conversation] = await sync(bob, [{ target_id: ada.id, after_seq: 0 }])
    expect(conversation?.messages.map(({ id }) => id)).toEqual(missed.map(({ id }) => id).sort((a, b) => a - b))
  })

  it.each([
    ['no conversations', undefined, undefined],
    ['a conversation without a point', [{ target_id: 1 }], undefined],
    ['a negative point', [{ target_id: 1, after_seq: -1 }], undefined],
    ['a target that is no id', [{ target_id: 0, after_seq: 0 }], undefined],
    ['a limit of 0', [], 0],
    ['a limit of 201', [], 201],
    ['201 conversations', Array(201).fill({ target_id: 1, after_seq: 0 }), undefined],
  ])('refuses %s', async (_title, conversations, limit) => {
    const reply = await call('POST', '/api/chat/sync', { token: bob.token, body: { conversations, limit } })
    refused(reply, { status: 400, code: 400 })
  })
})
