/** Writes message records to Kafka as the socket's function does, then counts and judges their rows in MySQL. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { keyOf, pairOf } from '../lib/core/address.ts'
import type { MessageRecord } from '../lib/wire/record.ts'
import type { Findings } from './result.ts'
import type { Pair } from './seed.ts'
import type { Testbed } from './testbed.ts'

// As serverless.yml names it.
const topic = 'chat-messages'
const recordsAtOnce = 2_000
const lookAgainMs = 200
const givenUpAfterMs = 60_000

/** Writes the records, the conversations in turn; each content begins with its number in the conversation. */
export async function produce({ kafkaBrokers }: Testbed, pairs: readonly Pair[], records: number): Promise<void> {
  const kafka = new Kafka({ clientId: 'bench', brokers: [...kafkaBrokers], logLevel: logLevel.NOTHING })
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  for (let start = 0; start < records; start += recordsAtOnce) {
    const indexes = Array.from({ length: Math.min(recordsAtOnce, records - start) }, (_, index) => start + index)
    const messages = indexes.flatMap((index) => {
      const pair = pairs[index % pairs.length]
      const number = Math.floor(index / pairs.length)
      return pair ? [recordOf(pair, `${number} is what one says to the other, as long as such things are`)] : []
    })
    await producer.send({ topic, messages })
  }
  await producer.disconnect()
}

/** A record from a connection that is gone. */
export function recordOf([from, to]: Pair, content: string, requestedAt = Date.now()): { key: string; value: string } {
  const record: MessageRecord = {
    kind: 'message',
    chat_type: 2,
    record_id: randomUUID(),
    from_id: from,
    target_id: to,
    requested_at: requestedAt,
    origin: { connection_id: 'gone', batch: false, language: 'en' },
    content,
    media: 1,
  }
  return { key: keyOf(pairOf(from, to)), value: JSON.stringify(record) }
}

/** The rows stored between the first and the last look that found more. */
export interface Span {
  rows: number
  seconds: number
}

/** Counts the stored messages of the pairs every 200 ms, for `onLook`. @throws Error when 60 s bring none. */
export async function watchRows(
  { mysqlUrl }: Testbed,
  pairs: readonly Pair[],
  records: number,
  onLook: (rows: number) => void,
): Promise<Span> {
  const database = await createConnection(mysqlUrl)
  const lows = pairs.map((pair) => Math.min(...pair))
  const looks = [{ at: performance.now(), rows: 0 }]
  for (;;) {
    // Numbers have no holes, so the last one is the count; counting rows would burden the MySQL that is measured.
    const [totals] = await database.query<RowDataPacket[]>(
      'select sum(last_seq) as total from conversations where low_id in (?)',
      [lows],
    )
    const [rows, at, before] = [Number(totals[0]?.total), performance.now(), looks.at(-1)]
    onLook(rows)
    if (before && rows > before.rows) looks.push({ at, rows })
    if (rows >= records) break
    if (before && at - before.at > givenUpAfterMs)
      throw new Error(`${rows} of ${records} records are stored, no more come`)
    await sleep(lookAgainMs)
  }
  await database.end()
  const [, first, last] = [looks[0], looks[1], looks.at(-1)]
  if (!first || !last) throw new Error('no records were waiting')
  return { rows: last.rows - first.rows, seconds: (last.at - first.at) / 1000 }
}

/** Judges the rows: all there, once, in the order of the log, without holes. */
export async function judgeRows({ mysqlUrl }: Testbed, pairs: readonly Pair[], records: number): Promise<Findings> {
  const database = await createConnection(mysqlUrl)
  const [senders] = await database.query<RowDataPacket[]>(
    `select from_user_id as sender, count(*) as stored, count(distinct content) as distinct_contents, max(seq) as last_seq,
       sum(cast(substring_index(content, ' ', 1) as unsigned) <> seq - 1) as disordered
     from messages where from_user_id in (?) group by from_user_id`,
    [pairs.map(([from]) => from)],
  )
  await database.end()
  const sum = (of: (row: RowDataPacket) => number): number => senders.reduce((total, row) => total + of(row), 0)
  return {
    lost: 0,
    doubled: sum(({ stored, distinct_contents }) => Number(stored) - Number(distinct_contents)),
    disordered: sum(({ disordered, last_seq, stored }) => Number(disordered) + Number(last_seq) - Number(stored)),
    notStored: records - sum(({ distinct_contents }) => Number(distinct_contents)),
  }
}
