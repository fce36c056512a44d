/** The history of a conversation. */
import { afterAll, describe, expect, it } from 'vitest'
import { ChatType } from '../../lib/core/address.ts'
import * as chat from '../../lib/service/conversation/history.ts'
import { store } from '../../lib/service/message/store.ts'
import { closeClients, db, person, range, seqs } from './stage.ts'
import { kinds } from './talk.ts'

afterAll(closeClients)

const now = Date.now()
type PageOf = { before_seq?: number; after_seq?: number; limit?: number }
type Place = { target_id: number; chat_type: ChatType }
const pageOf = (caller: number, place: Place, page: PageOf = {}) =>
  chat.history({ db }, caller, { ...place, limit: 100, ...page })
const history = async (caller: number, place: Place, page: PageOf = {}) => (await pageOf(caller, place, page)).items

describe.each(kinds)('the history, $kind', ({ talk }) => {
  it('is the latest 100 messages, oldest first, alike to both', async () => {
    const { ada, bob, record, placeOf } = await talk()
    const turns = Array.from({ length: 103 }, (_, turn) => (turn % 2 ? record(ada, bob) : record(bob, ada)))
    await store({ db }, turns, now)
    const shown = await history(ada, placeOf(ada))
    expect(shown.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, index) => index + 4))
    expect(await history(bob, placeOf(bob))).toEqual(shown)
  })

  it('shows of a message what the contract names, and nothing more', async () => {
    const { ada, bob, record, placeOf, stored } = await talk()
    await store({ db }, [record(ada, bob, { content: '你好 😀\n', media: 2, client_msg_id: 'm1' })], now)
    const [row] = await stored()
    expect(await history(bob, placeOf(bob))).toEqual([
      {
        id: row?.id,
        seq: 1,
        from_user_id: ada,
        to_user_id: placeOf(ada).target_id,
        content: '你好 😀\n',
        type: placeOf(ada).chat_type,
        media: 2,
        created_at: now,
        ...(placeOf(ada).chat_type === ChatType.group && { sender_name: '', sender_avatar: '' }),
      },
    ])
  })

  it('outlives the end of the conversation', async () => {
    const { ada, bob, record, placeOf, end } = await talk()
    await store({ db }, [record(ada, bob)], now)
    await end()
    expect(await history(ada, placeOf(ada))).toHaveLength(1)
    expect(await history(bob, placeOf(bob))).toHaveLength(1)
  })

  it('is empty before the first message, for strangers, for nobody and for oneself', async () => {
    const { ada, placeOf } = await talk()
    const { target_id, chat_type } = placeOf(ada)
    // A group of one's own id is no conversation with oneself: it is the group.
    const eve = await person('eve')
    for (const target of [target_id, eve, ...(chat_type === 2 ? [ada] : []), Number.MAX_SAFE_INTEGER]) {
      expect(await history(ada, { target_id: target, chat_type })).toEqual([])
    }
    expect(await history(eve, placeOf(ada))).toEqual([])
  })
})

describe.each(kinds)('a page of the history, $kind', ({ talk }) => {
  it('follows a point, or leads to one, without holes', async () => {
    const { ada, bob, record, placeOf } = await talk()
    await store(
      { db },
      range(1, 25).map(() => record(ada, bob)),
      now,
    )
    expect(seqs(await history(bob, placeOf(bob), { after_seq: 0, limit: 10 }))).toEqual(range(1, 10))
    expect(seqs(await history(bob, placeOf(bob), { after_seq: 20, limit: 10 }))).toEqual(range(21, 25))
    expect(seqs(await history(bob, placeOf(bob), { after_seq: 25 }))).toEqual([])
    expect(seqs(await history(bob, placeOf(bob), { before_seq: 11, limit: 4 }))).toEqual(range(7, 10))
    expect(seqs(await history(bob, placeOf(bob), { before_seq: 1 }))).toEqual([])
    expect(seqs(await history(bob, placeOf(bob), { limit: 3 }))).toEqual(range(23, 25))
  })
})

describe.each(kinds)('a history of texts that grow in an answer, $kind', ({ talk }) => {
  const grown = '\u0001'.repeat(16 * 1024)
  const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

  it('comes in pages below 6 MB that join without holes, in both directions', async () => {
    const { ada, bob, record, placeOf } = await talk()
    await store(
      { db },
      range(1, 100).map(() => record(ada, bob, { content: grown })),
      now,
    )
    const walk = async (page: PageOf, found: number[] = []): Promise<number[]> => {
      const { items, next } = await pageOf(bob, placeOf(bob), page)
      expect(bytesOf(items)).toBeLessThan(5_000_000)
      expect(items.length).toBeGreaterThan(0)
      const all = 'after_seq' in page ? [...found, ...seqs(items)] : [...seqs(items), ...found]
      return next ? await walk(next, all) : all
    }
    expect(await walk({})).toEqual(range(1, 100))
    expect(await walk({ limit: 30 })).toEqual(range(1, 100))
    expect(await walk({ after_seq: 0 })).toEqual(range(1, 100))
  })

  it('names a page that follows exactly while one does', async () => {
    const { ada, bob, record, placeOf } = await talk()
    await store(
      { db },
      range(1, 5).map(() => record(ada, bob)),
      now,
    )
    expect((await pageOf(bob, placeOf(bob))).next).toBeUndefined()
    expect((await pageOf(bob, placeOf(bob), { limit: 5 })).next).toBeUndefined()
    expect((await pageOf(bob, placeOf(bob), { limit: 4 })).next).toEqual({ before_seq: 2 })
    expect((await pageOf(bob, placeOf(bob), { after_seq: 1, limit: 4 })).next).toBeUndefined()
    expect((await pageOf(bob, placeOf(bob), { after_seq: 0, limit: 4 })).next).toEqual({ after_seq: 4 })
  })
})
