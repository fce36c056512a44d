/** Catching up: paging by seq, and sync. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { history, missed, placeOf, say, sync, texts, upTo } from '../support/chat.ts'
import { call, refused } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { closeAll, connect } from '../support/socket.ts'
import { kinds } from '../support/talk.ts'

afterAll(closeAll)

const seqs = (rows: { seq: number }[]): number[] => rows.map(({ seq }) => seq)

describe.each(kinds)('$kind', ({ talk }) => {
  const { ada, bob, toAda, toBob, elsewhere, stateOf } = talk(beforeAll)
  const { eve } = newcomers(beforeAll, 'eve')
  beforeAll(async () => {
    const adas = await connect({ token: ada.token })
    for (const content of texts(12)) await say(adas, toBob, content)
  })

  describe('paging', () => {
    it('follows a point or leads to one, oldest first', async () => {
      expect(seqs(await history(bob, toAda, { after_seq: 0, limit: 5 }))).toEqual([1, 2, 3, 4, 5])
      expect(seqs(await history(bob, toAda, { after_seq: 10 }))).toEqual([11, 12])
      expect(seqs(await history(bob, toAda, { before_seq: 4 }))).toEqual([1, 2, 3])
      expect(seqs(await history(bob, toAda, { before_seq: 10, limit: 2 }))).toEqual([8, 9])
      expect(seqs(await history(bob, toAda, { limit: 1 }))).toEqual([12])
      expect(await history(bob, toAda, { after_seq: 12 })).toEqual([])
    })
  })

  describe('sync', () => {
    it('gives what was missed, as the history has it, with the marks of both sides', async () => {
      expect(await missed(bob, toAda, 9)).toEqual({
        ...placeOf(toAda),
        messages: (await history(bob, toAda)).slice(9),
        last_seq: 12,
        read_seq: (await stateOf(bob)).read_seq,
        peer_read_seq: 0,
        has_more: false,
      })
    })

    it('says has_more until all is given', async () => {
      const seen: number[] = []
      for (let hasMore = true; hasMore; ) {
        const { messages, has_more } = await missed(bob, toAda, seen.at(-1) ?? 0, 5)
        seen.push(...seqs(messages))
        hasMore = has_more
      }
      expect(seen).toEqual(upTo(12))
    })

    it('tells a user and a group of one id apart, in one answer, in any order', async () => {
      const [here, other] = await sync(bob, [
        [toAda, 10],
        [elsewhere.toAda, 0],
      ])
      expect(seqs(here?.messages ?? [])).toEqual([11, 12])
      expect(other).toMatchObject({ messages: [{ content: 'elsewhere', seq: 1 }], last_seq: 1, has_more: false })
      const swapped = await sync(bob, [
        [elsewhere.toAda, 0],
        [toAda, 10],
      ])
      expect(swapped).toEqual([other, here])
    })

    it('gives a stranger nothing', async () => {
      const nothing = { messages: [], last_seq: 0, has_more: false }
      expect(await missed(eve, toAda)).toMatchObject(nothing)
      expect(await sync(eve, [])).toEqual([])
    })
  })
})

describe.each(kinds)('$kind, newly met', ({ talk, isGroup }) => {
  const { ada, bob, toAda, toBob, markRead } = talk(beforeEach)

  it('sync follows a mark', async () => {
    const { seq } = await say(await connect({ token: ada.token }), toBob, 'hello')
    await markRead(bob)
    expect(await missed(bob, toAda, seq)).toMatchObject({ read_seq: seq, messages: [] })
    // Of a group nobody is told how far one other member has read.
    expect(await missed(ada, toBob, seq)).toMatchObject({ peer_read_seq: isGroup ? 0 : seq })
  })

  it('sync is complete for a device that was away while the other wrote', async () => {
    const adas = await connect({ token: ada.token })
    const bobs = await connect({ token: bob.token })
    await bobs.close()
    const sent = await Promise.all(texts(20, 'missed').map((content) => say(adas, toBob, content)))
    const { messages } = await missed(bob, toAda)
    expect(messages.map(({ id }) => id)).toEqual(sent.map(({ id }) => id).sort((a, b) => a - b))
  })
})

describe('a page', () => {
  const { bob } = newcomers(beforeAll, 'bob')

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
    const reply = await call('GET', '/api/chat/history', { token: bob.token, query: { target_id: 1, ...query } })
    refused(reply, { status: 400, code: 400 })
  })
})

describe('sync', () => {
  const { bob } = newcomers(beforeAll, 'bob')

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
