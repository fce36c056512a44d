/** The history of a conversation. */
import { afterAll, describe, expect, it } from 'vitest'
import { type Address, ChatType } from '../../lib/core/address.ts'
import * as chat from '../../lib/service/conversation/history.ts'
import { sync as whatWasMissed } from '../../lib/service/conversation/sync.ts'
import { store } from '../../lib/service/message/store.ts'
import type { SyncRequest } from '../../lib/wire/chat.ts'
import {
  befriend,
  closeClients,
  db,
  friends,
  group,
  join,
  kinds,
  leave,
  person,
  record,
  stored,
  unfriend,
} from './stage.ts'

afterAll(closeClients)

const now = Date.now()
type PageOf = { before_seq?: number; after_seq?: number; limit?: number }
const pageOf = (caller: number, target: number, page: PageOf = {}) =>
  chat.history({ db }, caller, { target_id: target, chat_type: ChatType.direct, limit: 100, ...page })
const history = async (caller: number, target: number, page: PageOf = {}) => (await pageOf(caller, target, page)).items
const seqs = (messages: readonly { seq: number }[]): number[] => messages.map(({ seq }) => seq)
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index)

describe('the history', () => {
  it('is the latest 100 messages, oldest first, alike to both', async () => {
    const { ada, bob } = await friends()
    const turns = Array.from({ length: 103 }, (_, turn) => (turn % 2 ? record(ada, bob) : record(bob, ada)))
    await store({ db }, turns, now)
    const shown = await history(ada, bob)
    expect(shown.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, index) => index + 4))
    expect(await history(bob, ada)).toEqual(shown)
  })

  it('shows of a message what the contract names, and nothing more', async () => {
    const { ada, bob } = await friends()
    await store({ db }, [record(ada, bob, { content: '你好 😀\n', media: 2, client_msg_id: 'm1' })], now)
    const [row] = await stored(ada, bob)
    expect(await history(bob, ada)).toEqual([
      {
        id: row?.id,
        seq: 1,
        from_user_id: ada,
        to_user_id: bob,
        content: '你好 😀\n',
        type: 2,
        media: 2,
        created_at: now,
      },
    ])
  })

  it('outlives the friendship', async () => {
    const { ada, bob } = await friends()
    await store({ db }, [record(ada, bob)], now)
    await unfriend(ada, bob)
    expect(await history(ada, bob)).toHaveLength(1)
    expect(await history(bob, ada)).toHaveLength(1)
  })

  it('is empty before the first message, for strangers, for nobody and for oneself', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    for (const target of [bob, eve, ada, Number.MAX_SAFE_INTEGER]) expect(await history(ada, target)).toEqual([])
  })
})

describe('a page of the history', () => {
  it('follows a point, or leads to one, without holes', async () => {
    const { ada, bob } = await friends()
    await store(
      { db },
      range(1, 25).map(() => record(ada, bob)),
      now,
    )
    expect(seqs(await history(bob, ada, { after_seq: 0, limit: 10 }))).toEqual(range(1, 10))
    expect(seqs(await history(bob, ada, { after_seq: 20, limit: 10 }))).toEqual(range(21, 25))
    expect(seqs(await history(bob, ada, { after_seq: 25 }))).toEqual([])
    expect(seqs(await history(bob, ada, { before_seq: 11, limit: 4 }))).toEqual(range(7, 10))
    expect(seqs(await history(bob, ada, { before_seq: 1 }))).toEqual([])
    expect(seqs(await history(bob, ada, { limit: 3 }))).toEqual(range(23, 25))
  })
})

describe('a history of texts that grow in an answer', () => {
  const grown = '\u0001'.repeat(16 * 1024)
  const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

  it('comes in pages below 6 MB that join without holes, in both directions', async () => {
    const { ada, bob } = await friends()
    await store(
      { db },
      range(1, 100).map(() => record(ada, bob, { content: grown })),
      now,
    )
    const walk = async (page: PageOf, found: number[] = []): Promise<number[]> => {
      const { items, next } = await pageOf(bob, ada, page)
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
    const { ada, bob } = await friends()
    await store(
      { db },
      range(1, 5).map(() => record(ada, bob)),
      now,
    )
    expect((await pageOf(bob, ada)).next).toBeUndefined()
    expect((await pageOf(bob, ada, { limit: 5 })).next).toBeUndefined()
    expect((await pageOf(bob, ada, { limit: 4 })).next).toEqual({ before_seq: 2 })
    expect((await pageOf(bob, ada, { after_seq: 1, limit: 4 })).next).toBeUndefined()
    expect((await pageOf(bob, ada, { after_seq: 0, limit: 4 })).next).toEqual({ after_seq: 4 })
  })
})

const at = ({ chatType }: Address, target_id: number) => ({ target_id, chat_type: chatType })
const missed = (caller: number, conversations: SyncRequest['conversations'], limit = 100) =>
  whatWasMissed({ db }, caller, { conversations, limit })

describe.each(kinds)('sync, $kind', ({ talk }) => {
  it('says has_more exactly while more follows', async () => {
    const { ada, bob, record, address, targetOf } = await talk()
    await store(
      { db },
      range(1, 10).map(() => record(bob, ada)),
      now,
    )
    const seen: number[] = []
    for (let hasMore = true; hasMore; ) {
      const [page] = await missed(ada, [{ ...at(address, targetOf(ada)), after_seq: seen.at(-1) ?? 0 }], 5)
      seen.push(...seqs(page?.messages ?? []))
      hasMore = page?.has_more ?? false
    }
    expect(seen).toEqual(range(1, 10))
  })

  it('has nothing for a device that is up to date, or ahead of the conversation', async () => {
    const { ada, bob, record, address, targetOf } = await talk()
    await store({ db }, [record(ada, bob), record(bob, ada)], now)
    for (const after_seq of [2, 3, Number.MAX_SAFE_INTEGER]) {
      const [page] = await missed(ada, [{ ...at(address, targetOf(ada)), after_seq }], 200)
      expect(page).toMatchObject({ messages: [], last_seq: 2, has_more: false })
    }
    expect(await missed(ada, [])).toEqual([])
  })

  it('gives the same conversation twice when it is asked for twice', async () => {
    const { ada, bob, record, address, targetOf } = await talk()
    await store({ db }, [record(ada, bob), record(ada, bob), record(ada, bob)], now)
    const asked = [0, 1].map((after_seq) => ({ ...at(address, targetOf(ada)), after_seq }))
    expect((await missed(ada, asked, 2)).map(({ messages }) => seqs(messages))).toEqual([
      [1, 2],
      [2, 3],
    ])
  })
})

describe('what a member may see of a group', () => {
  const inGroup = (from: number, id: number) => record(from, id, { chat_type: ChatType.group })
  const historyOf = async (caller: number, id: number, page: PageOf = {}) =>
    (await chat.history({ db }, caller, { target_id: id, chat_type: ChatType.group, limit: 100, ...page })).items
  const syncOf = async (caller: number, id: number, after_seq = 0) =>
    (await missed(caller, [{ target_id: id, chat_type: ChatType.group, after_seq }]))[0]

  it('begins where one joined and ends where one left, in the history and for sync', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    const id = await group(ada, bob)
    const say = (count: number) =>
      store(
        { db },
        range(1, count).map(() => inGroup(ada, id)),
        now,
      )
    await say(3)
    await join(id, eve)
    await say(4)
    await leave(id, eve)
    await say(2)
    expect(seqs(await historyOf(bob, id))).toEqual(range(1, 9))
    expect(seqs(await historyOf(eve, id))).toEqual(range(4, 7))
    expect(seqs(await historyOf(eve, id, { after_seq: 5 }))).toEqual([6, 7])
    expect(seqs(await historyOf(eve, id, { before_seq: 6 }))).toEqual([4, 5])
    expect(await syncOf(bob, id, 7)).toMatchObject({ chat_type: 3, last_seq: 9, read_seq: 0, peer_read_seq: 0 })
    const left = await syncOf(eve, id)
    expect(seqs(left?.messages ?? [])).toEqual(range(4, 7))
    expect(left).toMatchObject({ last_seq: 7, read_seq: 7, has_more: false })
  })

  it('is nothing for who never belonged to it', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    const id = await group(ada, bob)
    await store({ db }, [inGroup(ada, id)], now)
    expect(await historyOf(eve, id)).toEqual([])
    expect(await syncOf(eve, id)).toMatchObject({ messages: [], last_seq: 0, has_more: false })
  })

  it('is told apart from what was said to the user of its id, in one answer', async () => {
    const { ada, bob } = await friends()
    const id = await group(ada, bob)
    await store({ db }, [record(bob, ada, { content: 'to ada' }), inGroup(bob, id), inGroup(bob, id)], now)
    const answer = await missed(
      bob,
      [ChatType.direct, ChatType.group].map((chat_type) => ({ target_id: id, chat_type, after_seq: 0 })),
    )
    expect(answer.map(({ messages }) => messages.map(({ content, type }) => [content, type]))).toEqual([
      [['to ada', 2]],
      [
        ['hello', 3],
        ['hello', 3],
      ],
    ])
  })
})

describe('sync', () => {
  const sync = (caller: number, conversations: { target_id: number; after_seq: number }[], limit = 100) =>
    whatWasMissed({ db }, caller, {
      conversations: conversations.map((asked) => ({ ...asked, chat_type: ChatType.direct })),
      limit,
    })

  it('gives what follows in each conversation, with its end and both marks', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    await befriend(ada, eve)
    await store({ db }, [...range(1, 7).map(() => record(bob, ada)), record(eve, ada), record(eve, ada)], now)
    await markRead(bob, ada, 3)
    const [withBob, withEve] = await sync(ada, [
      { target_id: bob, after_seq: 5 },
      { target_id: eve, after_seq: 0 },
    ])
    expect(withBob).toMatchObject({ target_id: bob, last_seq: 7, read_seq: 0, peer_read_seq: 3, has_more: false })
    expect(seqs(withBob?.messages ?? [])).toEqual([6, 7])
    expect(withBob?.messages).toEqual((await history(ada, bob)).slice(5))
    expect(seqs(withEve?.messages ?? [])).toEqual([1, 2])
  })

  it('stays within 4 MB, and every page ends where the next begins', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    await befriend(ada, eve)
    const content = '\u0001'.repeat(5_000)
    for (let part = 0; part < 2; part++) {
      const batch = range(1, 100).flatMap(() => [record(bob, ada, { content }), record(eve, ada, { content })])
      await store({ db }, batch, now)
    }
    const reached = new Map([
      [bob, 0],
      [eve, 0],
    ])
    for (let round = 0; round < 10 && [...reached.values()].some((seq) => seq < 200); round++) {
      const asked = [...reached].map(([target_id, after_seq]) => ({ target_id, after_seq }))
      const answer = await sync(ada, asked, 200)
      expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(4 * 1024 * 1024)
      for (const { target_id, messages, has_more } of answer) {
        const from = (reached.get(target_id) ?? 0) + 1
        expect(seqs(messages)).toEqual(range(from, from + messages.length - 1))
        reached.set(target_id, from + messages.length - 1)
        expect(has_more).toBe((reached.get(target_id) ?? 0) < 200)
      }
    }
    expect([...reached.values()]).toEqual([200, 200])
  })

  it('never asks the database for more than a bounded number of messages', async () => {
    const ada = await person('ada')
    const targets = await Promise.all(
      range(1, 12).map(async () => {
        const friend = await person('friend')
        await befriend(ada, friend)
        await store(
          { db },
          range(1, 100).map(() => record(friend, ada)),
          now,
        )
        return friend
      }),
    )
    const answer = await sync(
      ada,
      targets.map((target_id) => ({ target_id, after_seq: 0 })),
    )
    const lengths = answer.map(({ messages }) => messages.length)
    expect(lengths).toEqual([...Array(10).fill(100), 0, 0])
    expect(answer.map(({ has_more }) => has_more)).toEqual([...Array(10).fill(false), true, true])
    expect(answer.at(-1)).toMatchObject({ last_seq: 100, read_seq: 0, peer_read_seq: 0 })

    const [first = 0, ...others] = targets
    const part = await sync(
      ada,
      [{ target_id: first, after_seq: 30 }, ...others.map((target_id) => ({ target_id, after_seq: 0 }))],
      100,
    )
    expect(part.map(({ messages }) => messages.length)).toEqual([70, ...Array(9).fill(100), 30, 0])
    expect(seqs(part.at(-2)?.messages ?? [])).toEqual(range(1, 30))
  })

  it('knows nothing of strangers, and all of a friendship that has ended', async () => {
    const { ada, bob } = await friends()
    const stranger = await person('eve')
    await store({ db }, [record(ada, bob)], now)
    await unfriend(ada, bob)
    const asked = [stranger, bob].map((target_id) => ({ target_id, after_seq: 0 }))
    const [nobody, ended] = await sync(ada, asked)
    expect(nobody).toEqual({
      target_id: stranger,
      messages: [],
      last_seq: 0,
      read_seq: 0,
      peer_read_seq: 0,
      has_more: false,
    })
    expect(ended).toMatchObject({ last_seq: 1, read_seq: 1, has_more: false })
    expect(ended?.messages).toHaveLength(1)
  })
})

async function markRead(reader: number, from: number, seq: number): Promise<void> {
  const { record_id, from_id, target_id, chat_type, requested_at, origin } = record(reader, from)
  const read = { kind: 'read', record_id, from_id, target_id, chat_type, requested_at, origin, seq } as const
  await store({ db }, [read], now)
}
