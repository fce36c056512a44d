/** Storing a batch: numbers, repeats, friendship, unread counts; all in one transaction. */
import { afterAll, describe, expect, it } from 'vitest'
import { ChatType, pairOf } from '../../lib/core/address.ts'
import * as friend from '../../lib/service/contact/friend.ts'
import * as conversation from '../../lib/service/conversation/conversation.ts'
import { inRequestOrder } from '../../lib/service/message/resolve.ts'
import { store } from '../../lib/service/message/store.ts'
import { recordingDb } from './recorder.ts'
import {
  befriend,
  closeClients,
  db,
  friends,
  group,
  join,
  kinds,
  leave,
  markOf,
  notice,
  person,
  record,
  stored,
  stored as storedBetween,
  unfriend,
  unreadOf,
} from './stage.ts'

afterAll(closeClients)

const now = Date.now()
const outcomesOf = (outcomes: Awaited<ReturnType<typeof store>>): string[] =>
  outcomes.map((outcome) => (outcome.kind === 'refused' ? outcome.reason : outcome.kind))

describe.each(kinds)('numbering, $kind', ({ talk }) => {
  it('counts 1, 2, 3 … in each conversation, across batches and directions', async () => {
    const { ada, bob, record, stored } = await talk()
    const eve = await person('eve')
    await befriend(ada, eve)
    await store({ db }, [record(ada, bob), record(ada, eve), record(bob, ada)], now)
    await store({ db }, [record(bob, ada), record(eve, ada)], now)
    expect((await stored(ada, bob)).map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect((await storedBetween(ada, eve)).map(({ seq }) => seq)).toEqual([1, 2])
  })

  it('leaves no hole and no double when batches of one conversation run at the same time', async () => {
    const { ada, bob, record, stored } = await talk()
    await Promise.all(
      Array.from({ length: 12 }, (_, batch) =>
        store(
          { db },
          Array.from({ length: 5 }, () => (batch % 2 ? record(ada, bob) : record(bob, ada))),
          now,
        ),
      ),
    )
    const messages = await stored(ada, bob)
    expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
    expect(messages.map(({ id }) => id)).toEqual(messages.map(({ id }) => id).sort((a, b) => a - b))
  })

  it('never lets created_at run against seq, whatever the clock says', async () => {
    const { ada, bob, record, stored } = await talk()
    await store({ db }, [record(ada, bob)], now)
    await store({ db }, [record(ada, bob)], now - 60_000)
    expect((await stored(ada, bob)).map(({ created_at }) => created_at)).toEqual([now, now])
  })

  it('puts frames of one connection in the order of their request times', async () => {
    const { ada, bob, record, stored } = await talk()
    const late = record(ada, bob, { content: 'second', requested_at: 2 })
    const early = record(ada, bob, { content: 'first', requested_at: 1 })
    await store({ db }, [late, early], now)
    expect((await stored(ada, bob)).map(({ content }) => content)).toEqual(['first', 'second'])
  })

  it('keeps the order of the log between connections', () => {
    const a = record(1, 2, { requested_at: 9 })
    const b = record(2, 1, { requested_at: 1 })
    expect(inRequestOrder([a, b])).toEqual([a, b])
  })
})

describe.each(kinds)('repeats, $kind', ({ talk, refusal }) => {
  it('recognises a record that comes again, in a later batch', async () => {
    const { ada, bob, record, stored } = await talk()
    const once = record(ada, bob, { client_msg_id: 'm1' })
    const [first] = await store({ db }, [once], now)
    const [again] = await store({ db }, [once], now + 5)
    expect(first?.kind).toBe('stored')
    expect(again).toMatchObject({ kind: 'repeated', placed: { seq: 1, createdAt: now } })
    expect(await stored(ada, bob)).toHaveLength(1)
  })

  it('stores a record once that stands twice in one batch', async () => {
    const { ada, bob, record, unreadOf } = await talk()
    const once = record(ada, bob)
    expect(outcomesOf(await store({ db }, [once, once], now))).toEqual(['stored'])
    expect(await unreadOf(bob, ada)).toBe(1)
  })

  it('answers a resend as the first time, in a later batch and in the same one', async () => {
    const { ada, bob, record, stored } = await talk()
    const send = (): ReturnType<typeof record> => record(ada, bob, { client_msg_id: 'm1' })
    const outcomes = [...(await store({ db }, [send(), send()], now)), ...(await store({ db }, [send()], now + 9))]
    expect(outcomesOf(outcomes)).toEqual(['stored', 'resent', 'resent'])
    expect(new Set(outcomes.map((outcome) => 'placed' in outcome && outcome.placed.id)).size).toBe(1)
    expect(await stored(ada, bob)).toHaveLength(1)
  })

  it('refuses another body under the same client_msg_id, in a later batch and in the same one', async () => {
    const { ada, bob, record } = await talk()
    const send = (content: string) => record(ada, bob, { client_msg_id: 'm1', content })
    expect(outcomesOf(await store({ db }, [send('a'), send('b')], now))).toEqual(['stored', 'CONFLICT'])
    expect(outcomesOf(await store({ db }, [send('c')], now))).toEqual(['CONFLICT'])
  })

  it('counts another recipient or medium as another body', async () => {
    const { ada, bob, record } = await talk()
    const eve = await person('eve')
    await befriend(ada, eve)
    await store({ db }, [record(ada, bob, { client_msg_id: 'm1' })], now)
    expect(outcomesOf(await store({ db }, [record(ada, eve, { client_msg_id: 'm1' })], now))).toEqual(['CONFLICT'])
    expect(outcomesOf(await store({ db }, [record(ada, bob, { client_msg_id: 'm1', media: 2 })], now))).toEqual([
      'CONFLICT',
    ])
  })

  it('compares client_msg_id byte by byte, per sender', async () => {
    const { ada, bob, record } = await talk()
    const ids = ['m1', 'M1', 'm1 ', '\u1e3f1', 'm\u03011']
    const records = ids.map((client_msg_id) => record(ada, bob, { client_msg_id }))
    const outcomes = await store({ db }, [...records, record(bob, ada, { client_msg_id: 'm1' })], now)
    expect(outcomesOf(outcomes)).toEqual(Array(6).fill('stored'))
  })

  it('answers a resend even when the friendship has ended since', async () => {
    const { ada, bob, record, end } = await talk()
    await store({ db }, [record(ada, bob, { client_msg_id: 'm1' })], now)
    await end()
    const resent = record(ada, bob, { client_msg_id: 'm1' })
    expect(outcomesOf(await store({ db }, [resent, record(ada, bob)], now))).toEqual(['resent', refusal])
  })
})

describe('friendship', () => {
  it('stores nothing for strangers, unknown people and ended friendships, and the rest of the batch all the same', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    const batch = [record(eve, bob), record(ada, bob), record(ada, 2 ** 52), record(ada, eve)]
    expect(outcomesOf(await store({ db }, batch, now))).toEqual(['NOT_FRIENDS', 'stored', 'NOT_FRIENDS', 'NOT_FRIENDS'])
    await unfriend(ada, bob)
    expect(outcomesOf(await store({ db }, [record(ada, bob)], now))).toEqual(['NOT_FRIENDS'])
    expect(await stored(ada, bob)).toHaveLength(1)
  })

  it('waits for a friendship that is being ended, and then refuses', async () => {
    const { ada, bob } = await friends()
    let storing: ReturnType<typeof store> | undefined
    await db.transaction().execute(async (tx) => {
      const end = await conversation.lock(tx, pairOf(ada, bob))
      storing = store({ db }, [record(ada, bob)], now)
      if (end) await friend.unfriend(tx, end, ada, bob)
    })
    expect(outcomesOf((await storing) ?? [])).toEqual(['NOT_FRIENDS'])
  })
})

describe('membership', () => {
  const inGroup = (from: number, id: number, given = {}) => record(from, id, { chat_type: ChatType.group, ...given })

  it('stores nothing of who never belonged to a group, or has left it, and all of who has come back', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    const id = await group(ada, bob)
    const batch = () => [inGroup(eve, id), inGroup(bob, id), inGroup(ada, 2 ** 52)]
    expect(outcomesOf(await store({ db }, batch(), now))).toEqual(['NOT_MEMBER', 'stored', 'NOT_MEMBER'])
    await join(id, eve)
    await leave(id, bob)
    expect(outcomesOf(await store({ db }, batch(), now))).toEqual(['stored', 'NOT_MEMBER', 'NOT_MEMBER'])
    await join(id, bob)
    expect(outcomesOf(await store({ db }, batch(), now))).toEqual(['stored', 'stored', 'NOT_MEMBER'])
  })

  it('is of the group and not of the user who has its id', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    const id = await group(ada, eve)
    const batch = [record(bob, ada), inGroup(bob, id), record(eve, ada), inGroup(eve, id), inGroup(ada, id)]
    expect(outcomesOf(await store({ db }, batch, now))).toEqual([
      'stored',
      'NOT_MEMBER',
      'NOT_FRIENDS',
      'stored',
      'stored',
    ])
  })

  it('makes two messages of one text to a user and to the group of the same id', async () => {
    const { ada, bob } = await friends()
    const id = await group(ada, bob)
    const given = { client_msg_id: 'm1' }
    expect(outcomesOf(await store({ db }, [record(bob, ada, given)], now))).toEqual(['stored'])
    expect(outcomesOf(await store({ db }, [inGroup(bob, id, given)], now))).toEqual(['CONFLICT'])
    expect(outcomesOf(await store({ db }, [inGroup(bob, id, { client_msg_id: 'm2' })], now))).toEqual(['stored'])
  })

  it('leaves notices out of what is unread', async () => {
    const { ada, bob } = await friends()
    const id = await group(ada, bob)
    const of = (user: number) => markOf(user, { chatType: ChatType.group, group: id })
    await store({ db }, [inGroup(ada, id)], now)
    await notice(id)
    await store({ db }, [inGroup(ada, id)], now)
    expect([await of(bob), await of(ada)]).toEqual([
      { readSeq: 0, unread: 2 },
      { readSeq: 0, unread: 0 },
    ])
  })
})

describe.each(kinds)('what a batch moves, $kind', ({ talk }) => {
  it('adds to the recipient’s unread count what was stored, and nothing for repeats', async () => {
    const { ada, bob, record, unreadOf } = await talk()
    const first = record(ada, bob, { client_msg_id: 'm1' })
    await store({ db }, [first, record(ada, bob), record(bob, ada)], now)
    await store({ db }, [first, record(ada, bob, { client_msg_id: 'm1' }), record(ada, bob)], now)
    expect(await unreadOf(bob, ada)).toBe(3)
    expect(await unreadOf(ada, bob)).toBe(1)
  })

  it('takes all that an invocation may hold, of texts that grow to twice their size in a statement', async () => {
    const ada = await person('ada')
    const others = await Promise.all(Array.from({ length: 29 }, () => person('other')))
    for (const other of others) await befriend(ada, other)
    const content = "'".repeat(16 * 1024)
    const records = Array.from({ length: 10 }, () => others.map((other) => record(ada, other, { content }))).flat()
    // 6 MB of base64, and what a record has beside its text.
    expect(JSON.stringify(records).length).toBeGreaterThan(4.5 * 1024 * 1024)
    expect(new Set(outcomesOf(await store({ db }, records, now)))).toEqual(new Set(['stored']))
    for (const other of others.slice(0, 3)) {
      const messages = await stored(ada, other)
      expect(messages.map((message) => message.content === content)).toEqual(Array(10).fill(true))
      expect(await unreadOf(other, ada)).toBe(10)
    }
  })

  it('adds to each recipient’s count what that one has received, however different', async () => {
    const ada = await person('ada')
    const counts = [1, 1, 2, 3, 3, 1]
    const others = await Promise.all(
      counts.map(async () => {
        const other = await person('other')
        await befriend(ada, other)
        return other
      }),
    )
    const sent = counts.flatMap((count, index) => Array(count).fill(others[index]))
    for (let round = 1; round <= 2; round++) {
      await store({ db }, [...sent.map((other) => record(ada, other)), ...sent.map((other) => record(other, ada))], now)
      for (const [index, other] of others.entries()) {
        expect(await unreadOf(other, ada)).toBe(round * (counts[index] ?? 0))
        expect(await unreadOf(ada, other)).toBe(round * (counts[index] ?? 0))
      }
    }
  })

  it('moves the conversation’s end to its last message', async () => {
    const { ada, bob, record, stored } = await talk()
    await store({ db }, [record(ada, bob, { content: 'one' }), record(bob, ada, { content: '二 😀' })], now)
    const [last] = (await stored(ada, bob)).slice(-1)
    const conversation = await db
      .selectFrom('conversations')
      .selectAll()
      .where('id', '=', last?.conversation_id ?? 0)
      .executeTakeFirstOrThrow()
    expect(conversation).toMatchObject({
      last_seq: 2,
      last_message_id: last?.id,
      last_message_time: now,
      content: '二 😀',
    })
  })

  it('takes a text that looks like statements for a text', async () => {
    const { ada, bob, record, stored } = await talk()
    const content = "?';\ncommit;\ndelete from messages where 1 = 1 or '\\';\nrollback -- \"` \\"
    await store({ db }, [record(ada, bob, { content, client_msg_id: "';\ncommit" }), record(ada, bob)], now)
    expect((await stored(ada, bob)).map((message) => message.content)[0]).toBe(content)
    expect(await stored(ada, bob)).toHaveLength(2)
  })

  it('takes the same number of statements for 10 and for 100 records', async () => {
    expect(await statementsFor(10)).toBe(6)
    expect(await statementsFor(100)).toBe(6)
  })
})

async function statementsFor(size: number): Promise<number> {
  const { db: recorded, statements } = recordingDb()
  const pairs = await Promise.all(Array.from({ length: 10 }, friends))
  const records = pairs.flatMap(({ ada, bob }, pair) =>
    Array.from({ length: size / 10 }, (_, index) => record(ada, bob, { client_msg_id: `m${pair}-${index}` })),
  )
  await store({ db: recorded }, records, now)
  await recorded.destroy()
  return statements.length
}
