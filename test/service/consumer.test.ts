/** The consumer as the mapping calls it: AWS's own event in, what is settled out. */
import type { Context, MSKEvent } from 'aws-lambda'
import { sql } from 'kysely'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { handler } from '../../functions/stream/persist.ts'
import fixtures from '../../infra/local/event-source-mapping/test/fixtures/events.json' with { type: 'json' }
import { openDb } from '../../lib/client/mysql.ts'
import * as db from '../../lib/client/mysql-batch.ts'
import type { MessageRecord } from '../../lib/wire/record.ts'
import { closeClients } from './stage.ts'
import { kinds } from './talk.ts'

afterAll(closeClients)

const context = { awsRequestId: 'test', getRemainingTimeInMillis: () => 6_200 } as Context

/** Ids and texts of a record, as JSON, that no gateway gives out and no client may send. */
const illFormed = ['record_id', 'connection_id', 'client_msg_id', 'content'].flatMap((field) =>
  [
    { what: 'a lone high surrogate', text: '"a\\ud800"' },
    { what: 'a lone low surrogate', text: '"\\udc00a"' },
    { what: 'a pair the wrong way round', text: '"\\udc00\\ud800"' },
    ...(field === 'content'
      ? []
      : [
          { what: 'nothing', text: '""' },
          { what: 'too many bytes', text: `"${'é'.repeat(129)}"` },
        ]),
  ].map(({ what, text }) => ({ what: `${what} in ${field}`, field, text })),
)

/** Why the record at a place of the log was filed. */
async function reasonAt(offset = 0): Promise<string | undefined> {
  const letters = db.db.selectFrom('dead_letters').select('reason').where('offset', '=', offset)
  return (await letters.executeTakeFirst())?.reason
}

function bytesOf(value: MessageRecord | string | Buffer): Buffer {
  if (Buffer.isBuffer(value)) return value
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
}

/** An event as the mapping makes it: records by topic and partition, values in base64. */
function event(partitions: Record<string, (MessageRecord | string | Buffer)[]>): MSKEvent {
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/x/y',
    bootstrapServers: 'broker:9092',
    records: Object.fromEntries(
      Object.entries(partitions).map(([partition, values]) => [
        partition,
        values.map((value, index) => ({
          topic: partition.replace(/-\d+$/, ''),
          partition: Number(partition.match(/\d+$/)?.[0]),
          offset: Date.now() * 100 + index,
          timestamp: Date.now(),
          timestampType: 'CREATE_TIME' as const,
          key: Buffer.from('key').toString('base64'),
          value: bytesOf(value).toString('base64'),
          headers: [],
        })),
      ]),
    ),
  }
}

describe.each(kinds)('the consumer, $kind', ({ talk }) => {
  it('stores what several partitions bring, each in its order, and settles all of it', async () => {
    const [one, two] = [await talk(), await talk()]
    const batch = event({
      'chat-0': [one.record(one.ada, one.bob, { content: 'a' }), one.record(one.ada, one.bob, { content: 'b' })],
      'chat-1': [two.record(two.bob, two.ada, { content: 'c' }), 'not json', '{"record_id":1}'],
    })
    expect(await handler(batch, context)).toEqual({ batchItemFailures: [] })
    expect((await one.stored()).map(({ content }) => content)).toEqual(['a', 'b'])
    expect((await two.stored()).map(({ content }) => content)).toEqual(['c'])
  })

  it.each(illFormed)('files $what, and settles what came with it', async ({ field, text }) => {
    const { ada, bob, record, stored } = await talk()
    const poison = JSON.stringify(record(ada, bob, { client_msg_id: 'id' })).replace(
      new RegExp(`("${field}":)"[^"]*"`),
      (_all, name) => `${name}${text}`,
    )
    expect(poison).toContain(text)
    // Twice: the second one would meet what the first has left.
    for (const content of ['a', 'b']) {
      const batch = event({ 'chat-0': [poison, record(ada, bob, { content }), poison] })
      expect(await handler(batch, context)).toEqual({ batchItemFailures: [] })
      expect(await reasonAt(batch.records['chat-0']?.[0]?.offset)).toBe('undecodable')
    }
    expect((await stored()).map(({ content }) => content)).toEqual(['a', 'b'])
  })

  it('files bytes that are not UTF-8, even where their replacement would be an id', async () => {
    const { ada, bob, record, stored } = await talk()
    const [before = '', after = ''] = JSON.stringify(record(ada, bob, { record_id: 'RECORD' })).split('RECORD')
    // A lone surrogate as older encodings write it.
    const poison = Buffer.concat([Buffer.from(before), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from(after)])
    const batch = event({ 'chat-0': [poison] })
    expect(await handler(batch, context)).toEqual({ batchItemFailures: [] })
    expect(await reasonAt(batch.records['chat-0']?.[0]?.offset)).toBe('undecodable')
    expect(await stored()).toEqual([])
  })

  it('fails the batch when the database is away until its time is up', async () => {
    const { ada, bob, record, stored } = await talk()
    const away = vi.spyOn(db.db, 'connection').mockImplementation(() => {
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    })
    await expect(handler(event({ 'chat-0': [record(ada, bob)] }), context)).rejects.toThrow('ECONNREFUSED')
    away.mockRestore()
    expect(await stored()).toEqual([])
  })
})

describe('a query of several statements', () => {
  const both = sql`select 1; select 2`

  it('is taken on the consumer’s connections alone', async () => {
    const ofRoutes = openDb()
    await expect(both.execute(ofRoutes)).rejects.toMatchObject({ code: 'ER_PARSE_ERROR' })
    await ofRoutes.destroy()
    expect((await both.execute(db.db)).rows).toEqual([[{ 1: 1 }], [{ 2: 2 }]])
  })
})

describe('an event of the mapping that holds no message of ours', () => {
  const events = fixtures.map(({ title, event }) => ({ title, event: event as unknown as MSKEvent }))

  it.each(events)('$title: settled, and filed as it stands in the log', async ({ event }) => {
    const records = Object.values(event.records).flat()
    const topics = records.map(({ topic }) => topic)
    await db.db.deleteFrom('dead_letters').where('topic', 'in', topics).execute()
    expect(await handler(event, context)).toEqual({ batchItemFailures: [] })
    const letters = await db.db
      .selectFrom('dead_letters')
      .select(['topic', 'partition', 'offset', 'reason', 'payload'])
      .where('topic', 'in', topics)
      .orderBy('topic')
      .orderBy('partition')
      .orderBy('offset')
      .execute()
    const inOrder = records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)
    expect(letters).toEqual(
      inOrder.map(({ topic, partition, offset, value }) => ({
        topic,
        partition,
        offset,
        reason: 'undecodable',
        // Kafka's null has no value in the event: nothing stands in the log there.
        payload: Buffer.from(value ?? '', 'base64'),
      })),
    )
  })

  it('brings a record without a value among them', () => {
    const records = events.flatMap(({ event }) => Object.values(event.records).flat())
    expect(records.filter((record) => !('value' in record))).not.toEqual([])
  })
})
