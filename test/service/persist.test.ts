/** Storing a batch: numbers, repeats, friendship, unread counts; all in one transaction. */
import { afterAll, describe, expect, it } from 'vitest'
import { inRequestOrder } from '../../lib/service/message/resolve.ts'
import { store } from '../../lib/service/message/store.ts'
import { recordingDb } from './recorder.ts'
import { befriend, closeClients, db, friends, person, record, stored, unfriend, unreadOf } from './stage.ts'

afterAll(closeClients)

const now = Date.now()
const kinds = (outcomes: Awaited<ReturnType<typeof store>>): string[] =>
  outcomes.map((outcome) => (outcome.kind === 'refused' ? outcome.reason : outcome.kind))

describe('numbering', () => {
  it('counts 1, 2, 3 … in each conversation, across batches and directions', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    await befriend(ada, eve)
    await store(db, [record(ada, bob), record(ada, eve), record(bob, ada)], now)
    await store(db, [record(bob, ada), record(eve, ada)], now)
    expect((await stored(ada, bob)).map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect((await stored(ada, eve)).map(({ seq }) => seq)).toEqual([1, 2])
  })

  it('leaves no hole and no double when batches of one conversation run at the same time', async () => {
    const { ada, bob } = await friends()
    await Promise.all(
      Array.from({ length: 12 }, (_, batch) =>
        store(
          db,
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
    const { ada, bob } = await friends()
    await store(db, [record(ada, bob)], now)
    await store(db, [record(ada, bob)], now - 60_000)
    expect((await stored(ada, bob)).map(({ created_at }) => created_at)).toEqual([now, now])
  })

  it('puts frames of one connection in the order of their request times', async () => {
    const { ada, bob } = await friends()
    const late = record(ada, bob, { content: 'second', requested_at: 2 })
    const early = record(ada, bob, { content: 'first', requested_at: 1 })
    await store(db, [late, early], now)
    expect((await stored(ada, bob)).map(({ content }) => content)).toEqual(['first', 'second'])
  })

  it('keeps the order of the log between connections', () => {
    const a = record(1, 2, { requested_at: 9 })
    const b = record(2, 1, { requested_at: 1 })
    expect(inRequestOrder([a, b])).toEqual([a, b])
  })
})

describe('repeats', () => {
  it('recognises a record that comes again, in a later batch', async () => {
    const { ada, bob } = await friends()
    const once = record(ada, bob, { client_msg_id: 'm1' })
    const [first] = await store(db, [once], now)
    const [again] = await store(db, [once], now + 5)
    expect(first?.kind).toBe('stored')
    expect(again).toMatchObject({ kind: 'repeated', placed: { seq: 1, createdAt: now } })
    expect(await stored(ada, bob)).toHaveLength(1)
  })

  it('stores a record once that stands twice in one batch', async () => {
    const { ada, bob } = await friends()
    const once = record(ada, bob)
    expect(kinds(await store(db, [once, once], now))).toEqual(['stored'])
    expect(await unreadOf(bob, ada)).toBe(1)
  })

  it('answers a resend as the first time, in a later batch and in the same one', async () => {
    const { ada, bob } = await friends()
    const send = (): ReturnType<typeof record> => record(ada, bob, { client_msg_id: 'm1' })
    const outcomes = [...(await store(db, [send(), send()], now)), ...(await store(db, [send()], now + 9))]
    expect(kinds(outcomes)).toEqual(['stored', 'resent', 'resent'])
    expect(new Set(outcomes.map((outcome) => 'placed' in outcome && outcome.placed.id)).size).toBe(1)
    expect(await stored(ada, bob)).toHaveLength(1)
  })

  it('refuses another body under the same client_msg_id, in a later batch and in the same one', async () => {
    const { ada, bob } = await friends()
    const send = (content: string) => record(ada, bob, { client_msg_id: 'm1', content })
    expect(kinds(await store(db, [send('a'), send('b')], now))).toEqual(['stored', 'CONFLICT'])
    expect(kinds(await store(db, [send('c')], now))).toEqual(['CONFLICT'])
  })

  it('counts another recipient or medium as another body', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    await befriend(ada, eve)
    await store(db, [record(ada, bob, { client_msg_id: 'm1' })], now)
    expect(kinds(await store(db, [record(ada, eve, { client_msg_id: 'm1' })], now))).toEqual(['CONFLICT'])
    expect(kinds(await store(db, [record(ada, bob, { client_msg_id: 'm1', media: 2 })], now))).toEqual(['CONFLICT'])
  })

  it('compares client_msg_id byte by byte, per sender', async () => {
    const { ada, bob } = await friends()
    const ids = ['m1', 'M1', 'm1 ', '\u1e3f1', 'm\u03011']
    const records = ids.map((client_msg_id) => record(ada, bob, { client_msg_id }))
    const outcomes = await store(db, [...records, record(bob, ada, { client_msg_id: 'm1' })], now)
    expect(kinds(outcomes)).toEqual(Array(6).fill('stored'))
  })

  it('answers a resend even when the friendship has ended since', async () => {
    const { ada, bob } = await friends()
    await store(db, [record(ada, bob, { client_msg_id: 'm1' })], now)
    await unfriend(ada, bob)
    const resent = record(ada, bob, { client_msg_id: 'm1' })
    expect(kinds(await store(db, [resent, record(ada, bob)], now))).toEqual(['resent', 'NOT_FRIENDS'])
  })
})

describe('friendship', () => {
  it('stores nothing for strangers, unknown people and ended friendships, and the rest of the batch all the same', async () => {
    const { ada, bob } = await friends()
    const eve = await person('eve')
    const batch = [record(eve, bob), record(ada, bob), record(ada, 2 ** 52), record(ada, eve)]
    expect(kinds(await store(db, batch, now))).toEqual(['NOT_FRIENDS', 'stored', 'NOT_FRIENDS', 'NOT_FRIENDS'])
    await unfriend(ada, bob)
    expect(kinds(await store(db, [record(ada, bob)], now))).toEqual(['NOT_FRIENDS'])
    expect(await stored(ada, bob)).toHaveLength(1)
  })

  it('waits for a friendship that is being ended, and then refuses', async () => {
    const { ada, bob } = await friends()
    let storing: ReturnType<typeof store> | undefined
    await db.transaction().execute(async (tx) => {
      await tx
        .selectFrom('conversations')
        .select('id')
        .where('low_id', '=', Math.min(ada, bob))
        .where('high_id', '=', Math.max(ada, bob))
        .forUpdate()
        .execute()
      storing = store(db, [record(ada, bob)], now)
      await tx.deleteFrom('relations').where('owner_id', 'in', [ada, bob]).execute()
    })
    expect(kinds((await storing) ?? [])).toEqual(['NOT_FRIENDS'])
  })
})

describe('what a batch moves', () => {
  it('adds to the recipient’s unread count what was stored, and nothing for repeats', async () => {
    const { ada, bob } = await friends()
    const first = record(ada, bob, { client_msg_id: 'm1' })
    await store(db, [first, record(ada, bob), record(bob, ada)], now)
    await store(db, [first, record(ada, bob, { client_msg_id: 'm1' }), record(ada, bob)], now)
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
    expect(new Set(kinds(await store(db, records, now)))).toEqual(new Set(['stored']))
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
      await store(db, [...sent.map((other) => record(ada, other)), ...sent.map((other) => record(other, ada))], now)
      for (const [index, other] of others.entries()) {
        expect(await unreadOf(other, ada)).toBe(round * (counts[index] ?? 0))
        expect(await unreadOf(ada, other)).toBe(round * (counts[index] ?? 0))
      }
    }
  })

  it('moves the conversation’s end to its last message', async () => {
    const { ada, bob } = await friends()
    await store(db, [record(ada, bob, { content: 'one' }), record(bob, ada, { content: '二 😀' })], now)
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
    const { ada, bob } = await friends()
    const content = "?';\ncommit;\ndelete from messages where 1 = 1 or '\\';\nrollback -- \"` \\"
    await store(db, [record(ada, bob, { content, client_msg_id: "';\ncommit" }), record(ada, bob)], now)
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
  await store(recorded, records, now)
  await recorded.destroy()
  return statements.length
}
