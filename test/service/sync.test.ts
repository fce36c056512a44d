/** Sync: what a device has missed in its conversations. */
import { afterAll, describe, expect, it } from 'vitest'
import { ChatType } from '../../lib/core/address.ts'
import * as chat from '../../lib/service/conversation/history.ts'
import { sync } from '../../lib/service/conversation/sync.ts'
import { store } from '../../lib/service/message/store.ts'
import type { SyncRequest } from '../../lib/wire/chat.ts'
import { befriend, closeClients, db, friends, person, range, seqs } from './stage.ts'
import { conversationsOf, group, join, kinds, leave, recordInGroup } from './talk.ts'

afterAll(closeClients)

const now = Date.now()
const missed = (caller: number, conversations: SyncRequest['conversations'], limit = 100) =>
  sync({ db }, caller, { conversations, limit })
type PageOf = { before_seq?: number; after_seq?: number }
const history = async (caller: number, place: { target_id: number; chat_type: ChatType }, page: PageOf = {}) =>
  (await chat.history({ db }, caller, { ...place, limit: 100, ...page })).items

describe.each(kinds)('sync, $kind', ({ talk, isGroup }) => {
  it('gives what follows in each conversation, with its end and both marks', async () => {
    const { ada, bob, record, read, placeOf, namedPlaceOf, elsewhereOf } = await talk()
    const eve = await person('eve')
    await befriend(ada, eve)
    await store({ db }, [...range(1, 7).map(() => record(bob, ada)), record(eve, ada), record(eve, ada)], now)
    await store({ db }, [read(bob, 3), read(ada, 2)], now)
    const [here, elsewhere, withEve] = await missed(ada, [
      { ...placeOf(ada), after_seq: 5 },
      { ...elsewhereOf(ada), after_seq: 0 },
      { target_id: eve, chat_type: ChatType.direct, after_seq: 0 },
    ])
    expect(here).toEqual({
      ...namedPlaceOf(ada),
      messages: (await history(ada, placeOf(ada))).slice(5),
      last_seq: 7,
      read_seq: 2,
      // In a group there is no one peer.
      peer_read_seq: isGroup ? 0 : 3,
      has_more: false,
    })
    expect(seqs(here?.messages ?? [])).toEqual([6, 7])
    expect(elsewhere).toMatchObject({ last_seq: 1, read_seq: 0, peer_read_seq: 0, has_more: false })
    expect(elsewhere?.messages.map(({ type }) => type)).toEqual([elsewhereOf(ada).chat_type])
    expect(seqs(withEve?.messages ?? [])).toEqual([1, 2])
  })

  it('says has_more exactly while more follows', async () => {
    const { ada, bob, record, placeOf } = await talk()
    await store(
      { db },
      range(1, 10).map(() => record(bob, ada)),
      now,
    )
    const seen: number[] = []
    for (let hasMore = true; hasMore; ) {
      const [page] = await missed(ada, [{ ...placeOf(ada), after_seq: seen.at(-1) ?? 0 }], 5)
      seen.push(...seqs(page?.messages ?? []))
      hasMore = page?.has_more ?? false
    }
    expect(seen).toEqual(range(1, 10))
  })

  it('has nothing for a device that is up to date, or ahead of the conversation', async () => {
    const { ada, bob, record, placeOf } = await talk()
    await store({ db }, [record(ada, bob), record(bob, ada)], now)
    for (const after_seq of [2, 3, Number.MAX_SAFE_INTEGER]) {
      const [page] = await missed(ada, [{ ...placeOf(ada), after_seq }], 200)
      expect(page).toMatchObject({ messages: [], last_seq: 2, has_more: false })
    }
    expect(await missed(ada, [])).toEqual([])
  })

  it('gives a conversation once, however often it is asked for, from its lowest point', async () => {
    const { ada, bob, record, placeOf, elsewhereOf } = await talk()
    await store({ db }, [record(ada, bob), record(ada, bob), record(ada, bob)], now)
    const points = [2, 1, 3, ...Array<number>(190).fill(1)]
    const asked = points.map((after_seq) => ({ ...placeOf(ada), after_seq }))
    const [here, elsewhere, ...others] = await missed(ada, [...asked, { ...elsewhereOf(ada), after_seq: 0 }, ...asked])
    expect(seqs(here?.messages ?? [])).toEqual([2, 3])
    expect(here).toMatchObject({ last_seq: 3, has_more: false })
    expect(elsewhere).toMatchObject({ target_id: elsewhereOf(ada).target_id, last_seq: 1 })
    expect(others).toEqual([])
  })

  it('knows nothing of strangers, and all of a conversation that has ended', async () => {
    const { ada, bob, record, placeOf, namedPlaceOf, end } = await talk()
    const stranger = await person('eve')
    await store({ db }, [record(ada, bob)], now)
    await end()
    const [nothing, ended] = await missed(ada, [
      { ...placeOf(ada), target_id: stranger, after_seq: 0 },
      { ...placeOf(ada), after_seq: 0 },
    ])
    expect(nothing).toEqual({
      ...namedPlaceOf(ada),
      target_id: stranger,
      messages: [],
      last_seq: 0,
      read_seq: 0,
      peer_read_seq: 0,
      has_more: false,
    })
    expect(ended).toMatchObject({ last_seq: 1, read_seq: 1, has_more: false })
    expect(ended?.messages).toHaveLength(1)
    expect(await missed(stranger, [{ ...placeOf(ada), after_seq: 0 }])).toMatchObject([{ messages: [], last_seq: 0 }])
  })
})

describe('sync of friends and groups at once', () => {
  it('stays within 4 MB, and every page ends where the next begins', async () => {
    const ada = await person('ada')
    const conversations = await conversationsOf(ada, 2)
    const content = '\u0001'.repeat(5_000)
    for (let part = 0; part < 2; part++) {
      const batch = range(1, 100).flatMap(() => conversations.map(({ heard }) => heard(content)))
      await store({ db }, batch, now)
    }
    const reached = conversations.map(() => 0)
    for (let round = 0; round < 10 && reached.some((seq) => seq < 200); round++) {
      const asked = conversations.map(({ place }, index) => ({ ...place, after_seq: reached[index] ?? 0 }))
      const answer = await missed(ada, asked, 200)
      expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(4 * 1024 * 1024)
      answer.forEach(({ messages, has_more }, index) => {
        const from = (reached[index] ?? 0) + 1
        expect(seqs(messages)).toEqual(range(from, from + messages.length - 1))
        reached[index] = from + messages.length - 1
        expect(has_more).toBe((reached[index] ?? 0) < 200)
      })
    }
    expect(reached).toEqual([200, 200])
  })

  it('never asks the database for more than a bounded number of messages', async () => {
    const ada = await person('ada')
    const conversations = await conversationsOf(ada, 12)
    for (const { heard } of conversations) {
      await store(
        { db },
        range(1, 100).map(() => heard()),
        now,
      )
    }
    const asked = conversations.map(({ place }) => ({ ...place, after_seq: 0 }))
    const answer = await missed(ada, asked)
    const lengths = answer.map(({ messages }) => messages.length)
    expect(lengths).toEqual([...Array(10).fill(100), 0, 0])
    expect(answer.map(({ has_more }) => has_more)).toEqual([...Array(10).fill(false), true, true])
    expect(answer.at(-1)).toMatchObject({ last_seq: 100, read_seq: 0, peer_read_seq: 0 })

    const part = await missed(
      ada,
      asked.map((one, index) => (index === 0 ? { ...one, after_seq: 30 } : one)),
    )
    expect(part.map(({ messages }) => messages.length)).toEqual([70, ...Array(9).fill(100), 30, 0])
    expect(seqs(part.at(-2)?.messages ?? [])).toEqual(range(1, 30))
  })
})

describe('what a member may see of a group', () => {
  const historyOf = (caller: number, id: number, page: PageOf = {}) =>
    history(caller, { target_id: id, chat_type: ChatType.group }, page)
  const syncOf = async (caller: number, id: number, after_seq = 0) =>
    (await missed(caller, [{ target_id: id, chat_type: ChatType.group, after_seq }]))[0]

  it('begins where one joined and ends where one left, in the history and for sync', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    const id = await group(ada, bob)
    const say = (count: number) =>
      store(
        { db },
        range(1, count).map(() => recordInGroup(ada, id)),
        now,
      )
    await say(3)
    await join(id, eve)
    expect(await syncOf(eve, id)).toMatchObject({ messages: [], last_seq: 3, has_more: false })
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
    const pageOf = (page: PageOf & { limit: number }) =>
      chat.history({ db }, eve, { target_id: id, chat_type: ChatType.group, ...page })
    expect((await pageOf({ limit: 3 })).next).toEqual({ before_seq: 5 })
    expect((await pageOf({ limit: 4 })).next).toBeUndefined()
    expect((await pageOf({ after_seq: 3, limit: 3 })).next).toEqual({ after_seq: 6 })
    expect((await pageOf({ after_seq: 3, limit: 4 })).next).toBeUndefined()
  })

  it('begins where one came back, and has no end then', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    const id = await group(ada, bob)
    const say = () => store({ db }, [recordInGroup(ada, id)], now)
    await say()
    await join(id, eve)
    await say()
    await leave(id, eve)
    await say()
    await join(id, eve)
    await say()
    expect(seqs(await historyOf(eve, id))).toEqual([4])
    const back = await syncOf(eve, id)
    expect(seqs(back?.messages ?? [])).toEqual([4])
    expect(back).toMatchObject({ last_seq: 4, read_seq: 3, has_more: false })
  })

  it('is nothing for who never belonged to it', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    const id = await group(ada, bob)
    await store({ db }, [recordInGroup(ada, id)], now)
    expect(await historyOf(eve, id)).toEqual([])
    expect(await syncOf(eve, id)).toMatchObject({ messages: [], last_seq: 0, has_more: false })
  })
})
