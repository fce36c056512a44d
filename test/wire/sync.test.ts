/** Catching up: paging by seq, and sync. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { history, named, otherKind, rowsIn, say, texts, upTo } from '../support/chat.ts'
import { act, befriend } from '../support/friend.ts'
import { call, ok, refused } from '../support/http.ts'
import { newcomers, type Person } from '../support/people.ts'
import { GroupRow, Row } from '../support/shape.ts'
import { closeAll, connect, ofType, type Socket } from '../support/socket.ts'
import { kinds, openTalk } from '../support/talk.ts'

afterEach(closeAll)

const Synced = z.strictObject({
  target_id: z.int(),
  chat_type: z.literal(3).optional(),
  messages: z.union([z.array(Row), z.array(GroupRow)]),
  last_seq: z.int(),
  read_seq: z.int(),
  peer_read_seq: z.int(),
  has_more: z.boolean(),
})

const sync = async (reader: Person, conversations: unknown, limit?: unknown) =>
  ok(await call('POST', '/api/chat/sync', { token: reader.token, body: { conversations, limit } }), z.array(Synced))
const seqs = (rows: readonly { seq: number }[]): number[] => rows.map(({ seq }) => seq)

describe.each(kinds)('between $kind', (kind) => {
  const talk = openTalk(kind)
  const { ada, bob, eve } = talk
  let adas: Socket
  beforeEach(async () => {
    adas = await connect({ token: ada.token })
    for (const content of texts(12)) await say(adas, talk.targetOf(ada), content)
  })

  /** What bob names the conversation to ask for what follows a point. */
  const since = (after_seq: number) => [{ ...named(talk.targetOf(bob)), after_seq }]
  const page = async (query: Record<string, string | number>) => {
    const target = talk.targetOf(bob)
    const reply = await call('GET', '/api/chat/history', { token: bob.token, query: { ...named(target), ...query } })
    return rowsIn(reply, target)
  }

  it('pages follow a point or lead to one, oldest first', async () => {
    expect(seqs(await page({ after_seq: 0, limit: 5 }))).toEqual([1, 2, 3, 4, 5])
    expect(seqs(await page({ after_seq: 10 }))).toEqual([11, 12])
    expect(seqs(await page({ before_seq: 4 }))).toEqual([1, 2, 3])
    expect(seqs(await page({ before_seq: 10, limit: 2 }))).toEqual([8, 9])
    expect(seqs(await page({ limit: 1 }))).toEqual([12])
    expect(await page({ after_seq: 12 })).toEqual([])
  })

  it('sync gives what was missed, as the history has it, with the marks', async () => {
    const [conversation] = await sync(bob, since(9))
    expect(conversation).toEqual({
      ...named(talk.targetOf(bob)),
      messages: (await history(bob, talk.targetOf(bob))).slice(9),
      last_seq: 12,
      read_seq: 0,
      peer_read_seq: 0,
      has_more: false,
    })
  })

  it('sync says has_more until all is given', async () => {
    const seen: number[] = []
    for (let hasMore = true; hasMore; ) {
      const [conversation] = await sync(bob, since(seen.at(-1) ?? 0), 5)
      seen.push(...seqs(conversation?.messages ?? []))
      hasMore = conversation?.has_more ?? false
    }
    expect(seen).toEqual(upTo(12))
  })

  it('sync gives a conversation once, however often it is named', async () => {
    const [one, ...others] = await sync(bob, [...since(11), ...since(4), ...Array(198).fill(since(7)[0])])
    expect(seqs(one?.messages ?? [])).toEqual(upTo(12).slice(4))
    expect(others).toEqual([])
  })

  it('sync follows a read mark', async () => {
    const bobs = await connect({ token: bob.token })
    bobs.send({ type: 6, ...named(talk.targetOf(bob)), seq: 11 })
    await adas.next(ofType(6))
    expect((await sync(bob, since(12)))[0]).toMatchObject({ read_seq: 11, messages: [] })
  })

  it('sync gives a stranger nothing', async () => {
    const target = named(talk.targetOf(bob))
    const [conversation] = await sync(eve, [{ ...target, after_seq: 0 }])
    expect(conversation).toMatchObject({ ...target, messages: [], last_seq: 0, has_more: false })
    expect(await sync(eve, [])).toEqual([])
  })

  it('sync tells a user and a group of one id apart', async () => {
    const [target, other] = [talk.targetOf(ada), otherKind(talk.targetOf(ada))]
    const asked = [
      { ...named(target), after_seq: 11 },
      { ...named(other), after_seq: 0 },
    ]
    const [own, apart] = await sync(ada, asked)
    expect(own).toMatchObject({ ...named(target), messages: [{ seq: 12 }] })
    expect(apart).toMatchObject({ ...named(other), messages: [], last_seq: 0 })
    expect(own?.chat_type).not.toBe(apart?.chat_type)
  })

  it('sync is complete for a device that was away while the other wrote', async () => {
    const bobs = await connect({ token: bob.token })
    await bobs.close()
    const missed = await Promise.all(texts(20, 'missed').map((content) => say(adas, talk.targetOf(ada), content)))
    const [conversation] = await sync(bob, since(12))
    expect(conversation?.messages.map(({ id }) => id)).toEqual(missed.map(({ id }) => id).sort((a, b) => a - b))
  })
})

describe('between two friends', () => {
  const { ada, bob } = newcomers(beforeEach, 'ada', 'bob')

  it('sync tells the mark of the other one', async () => {
    await befriend(ada, bob)
    const { seq } = await say(await connect({ token: ada.token }), bob, 'hello')
    await act(bob, 'mark-read', ada)
    expect((await sync(ada, [{ target_id: bob.id, after_seq: seq }]))[0]).toMatchObject({ peer_read_seq: seq })
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
  ])('a page refuses %o', async (query) => {
    const reply = await call('GET', '/api/chat/history', { token: bob.token, query: { target_id: ada.id, ...query } })
    refused(reply, { status: 400, code: 400 })
  })

  it.each([
    ['no conversations', undefined, undefined],
    ['a conversation without a point', [{ target_id: 1 }], undefined],
    ['a negative point', [{ target_id: 1, after_seq: -1 }], undefined],
    ['a target that is no id', [{ target_id: 0, after_seq: 0 }], undefined],
    ['a kind that there is not', [{ target_id: 1, chat_type: 4, after_seq: 0 }], undefined],
    ['a limit of 0', [], 0],
    ['a limit of 201', [], 201],
    ['201 conversations', Array(201).fill({ target_id: 1, after_seq: 0 }), undefined],
  ])('sync refuses %s', async (_title, conversations, limit) => {
    const reply = await call('POST', '/api/chat/sync', { token: bob.token, body: { conversations, limit } })
    refused(reply, { status: 400, code: 400 })
  })
})
