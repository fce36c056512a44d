/** Storing a batch: numbers, and what moves with them; all in one transaction. */
import { sql } from 'kysely'
import { afterAll, describe, expect, it } from 'vitest'
import { previewLength } from '../../lib/core/preview.ts'
import { inRequestOrder } from '../../lib/service/message/resolve.ts'
import { store } from '../../lib/service/message/store.ts'
import { recordingDb } from './recorder.ts'
import { befriend, closeClients, db, outcomesOf, person, range, stored } from './stage.ts'
import { conversationsOf, kinds, markOf, storedAt, type Talk } from './talk.ts'

afterAll(closeClients)

const now = Date.now()

describe.each(kinds)('numbering, $kind', ({ talk }) => {
  it('counts 1, 2, 3 … in each conversation, across batches and directions', async () => {
    const { ada, bob, record, stored: storedHere } = await talk()
    const eve = await person('eve')
    await befriend(ada, eve)
    await store({ db }, [record(ada, bob), record(ada, eve), record(bob, ada)], now)
    await store({ db }, [record(bob, ada), record(eve, ada)], now)
    expect((await storedHere()).map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect((await stored(ada, eve)).map(({ seq }) => seq)).toEqual([1, 2])
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
    const messages = await stored()
    expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
    expect(messages.map(({ id }) => id)).toEqual(messages.map(({ id }) => id).sort((a, b) => a - b))
  })

  it('never lets created_at run against seq, whatever the clock says', async () => {
    const { ada, bob, record, stored } = await talk()
    await store({ db }, [record(ada, bob)], now)
    await store({ db }, [record(ada, bob)], now - 60_000)
    expect((await stored()).map(({ created_at }) => created_at)).toEqual([now, now])
  })

  it('puts frames of one connection in the order of their request times', async () => {
    const { ada, bob, record, stored } = await talk()
    const late = record(ada, bob, { content: 'second', requested_at: 2 })
    const early = record(ada, bob, { content: 'first', requested_at: 1 })
    await store({ db }, [late, early], now)
    expect((await stored()).map(({ content }) => content)).toEqual(['first', 'second'])
  })

  it('keeps the order of the log between connections', async () => {
    const { ada, bob, record } = await talk()
    const adas = record(ada, bob, { requested_at: 9 })
    const bobs = record(bob, ada, { requested_at: 1 })
    expect(inRequestOrder([adas, bobs])).toEqual([adas, bobs])
  })

  it('keeps the order of the log between conversations of one connection, though their ids are the same', async () => {
    const { ada, bob, record, elsewhereOf } = await talk()
    const late = record(bob, ada, { requested_at: 9 })
    const early = record(bob, ada, { requested_at: 1, ...elsewhereOf(bob) })
    expect(inRequestOrder([late, early])).toEqual([late, early])
  })
})

describe.each(kinds)('what a batch moves, $kind', ({ isGroup, talk }) => {
  it('adds to the recipient’s unread count what was stored, and nothing for repeats', async () => {
    const { ada, bob, record, unreadOf } = await talk()
    const first = record(ada, bob, { client_msg_id: 'm1' })
    await store({ db }, [first, record(ada, bob), record(bob, ada)], now)
    await store({ db }, [first, record(ada, bob, { client_msg_id: 'm1' }), record(ada, bob)], now)
    expect(await unreadOf(bob)).toBe(3)
    expect(await unreadOf(ada)).toBe(1)
  })

  it('adds to each recipient’s count what that one has received, however different', async () => {
    const counts = [1, 1, 2, 3, 3, 1]
    const talks = await Promise.all(counts.map(talk))
    const sent = talks.flatMap((one, index) => Array<Talk>(counts[index] ?? 0).fill(one))
    for (let round = 1; round <= 2; round++) {
      const records = [
        ...sent.map(({ ada, bob, record }) => record(ada, bob)),
        ...sent.map(({ ada, bob, record }) => record(bob, ada)),
      ]
      await store({ db }, records, now)
      for (const [index, { ada, bob, unreadOf }] of talks.entries()) {
        expect(await unreadOf(bob)).toBe(round * (counts[index] ?? 0))
        expect(await unreadOf(ada)).toBe(round * (counts[index] ?? 0))
      }
    }
  })

  it('moves the conversation’s end to its last message', async () => {
    const { ada, bob, record, stored } = await talk()
    await store({ db }, [record(ada, bob, { content: 'one' }), record(bob, ada, { content: '二 😀' })], now)
    const [last] = (await stored()).slice(-1)
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

  it('moves the end of each conversation to its own last message', async () => {
    const talks = await Promise.all(Array.from({ length: 3 }, talk))
    const records = [...talks, ...talks].map(({ ada, bob, record }) => record(ada, bob))
    await store({ db }, records, now)
    for (const { stored } of talks) {
      const [last] = (await stored()).slice(-1)
      const ends = db.selectFrom('conversations').select(['last_seq', 'last_message_id'])
      const end = await ends.where('id', '=', last?.conversation_id ?? 0).executeTakeFirst()
      expect(end).toEqual({ last_seq: 2, last_message_id: last?.id })
    }
  })

  it.each(
    Object.entries({
      'letters that are too many': 'x'.repeat(previewLength + 1),
      'characters of two units each': '😀'.repeat(previewLength + 1),
      'such characters at an odd place': `x${'😀'.repeat(previewLength)}`,
      'lines, quotes and marks': `'"\\\n?;é`.repeat(previewLength),
    }),
  )('keeps of a long text what the database calls its first characters: %s', async (_title, content) => {
    const { ada, bob, record, stored } = await talk()
    await store({ db }, [record(ada, bob, { content })], now)
    const [message] = await stored()
    const { rows } = await sql<{
      content: string
      start: string
    }>`select c.content, left(m.content, ${previewLength}) as start
      from messages m join conversations c on c.id = m.conversation_id where m.id = ${message?.id}`.execute(db)
    expect(message?.content).toBe(content)
    const start = [...content].slice(0, previewLength).join('')
    expect(rows).toEqual([{ content: start, start }])
  })

  it('takes a text that looks like statements for a text', async () => {
    const { ada, bob, record, stored } = await talk()
    const content = "?';\ncommit;\ndelete from messages where 1 = 1 or '\\';\nrollback -- \"` \\"
    await store({ db }, [record(ada, bob, { content, client_msg_id: "';\ncommit" }), record(ada, bob)], now)
    expect((await stored()).map((message) => message.content)[0]).toBe(content)
    expect(await stored()).toHaveLength(2)
  })

  it('takes the same number of statements for 10 and for 100 records', async () => {
    const talks = await Promise.all(Array.from({ length: 10 }, talk))
    const each = (count: number) =>
      talks.flatMap(({ ada, bob, record }) =>
        range(1, count).map((index) => record(ada, bob, { client_msg_id: `m${count}-${index}` })),
      )
    // Members of groups are asked for by themselves.
    const statements = isGroup ? 7 : 6
    expect([await statementsFor(each(1)), await statementsFor(each(10))]).toEqual([statements, statements])
  })
})

describe('a large batch of friends and groups', () => {
  it('takes all that an invocation may hold, of texts that grow to twice their size in a statement', async () => {
    const ada = await person('ada')
    const conversations = await conversationsOf(ada, 30)
    const content = "'".repeat(16 * 1024)
    const records = range(1, 10).flatMap(() => conversations.map(({ said }) => said(content)))
    // 6 MB of base64, and what a record has beside its text.
    expect(JSON.stringify(records).length).toBeGreaterThan(4.5 * 1024 * 1024)
    expect(new Set(outcomesOf(await store({ db }, records, now)))).toEqual(new Set(['stored']))
    for (const { other, address } of conversations.slice(0, 4)) {
      const messages = await storedAt(address)
      expect(messages.map((message) => message.content === content)).toEqual(Array(10).fill(true))
      expect((await markOf(other, address)).unread).toBe(10)
    }
  })

  it('adds to the count of each of many others of one sender, however different', async () => {
    const ada = await person('ada')
    const conversations = await conversationsOf(ada, 6)
    const counts = [1, 1, 2, 3, 3, 1]
    const batch = () => [
      ...conversations.flatMap(({ said }, index) => range(1, counts[index] ?? 0).map(() => said())),
      ...conversations.flatMap(({ heard }, index) => range(1, counts[index] ?? 0).map(() => heard())),
    ]
    for (let round = 1; round <= 2; round++) {
      await store({ db }, batch(), now)
      for (const [index, { other, address }] of conversations.entries()) {
        expect((await markOf(other, address)).unread).toBe(round * (counts[index] ?? 0))
        expect((await markOf(ada, address)).unread).toBe(round * (counts[index] ?? 0))
      }
    }
  })

  it('takes the same number of statements for 10 and for 100 records', async () => {
    const conversations = await conversationsOf(await person('ada'), 10)
    const each = (count: number) => range(1, count).flatMap(() => conversations.map(({ said }) => said()))
    expect([await statementsFor(each(1)), await statementsFor(each(10))]).toEqual([8, 8])
  })
})

async function statementsFor(records: Parameters<typeof store>[1]): Promise<number> {
  const { db: recorded, statements } = recordingDb()
  await store({ db: recorded }, records, now)
  await recorded.destroy()
  return statements.length
}
