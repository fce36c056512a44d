/** What storing a batch costs: the consumer's handler, called directly, with recipients who are offline. */
import { randomUUID } from 'node:crypto'
import type { Context, MSKEvent, MSKRecord } from 'aws-lambda'
import { handler } from '../../functions/stream/persist.ts'
import { keyOf, pairOf } from '../../lib/core/address.ts'
import { inParallel } from '../../lib/core/in-parallel.ts'
import type { MessageRecord } from '../../lib/wire/record.ts'
import { round } from '../figures.ts'
import { seedFriendships, seedPeople } from '../seed.ts'
import { answer } from './child.ts'
import { cpuOf, measureInTurn, type Path } from './repeat.ts'

type Pair = readonly [number, number]

const conversations = 400
const partitions = 4
const topic = 'chat-messages'
let offset = 0

const context: Context = {
  awsRequestId: 'bench',
  functionName: 'bench',
  functionVersion: '1',
  invokedFunctionArn: '',
  memoryLimitInMB: '512',
  logGroupName: '',
  logStreamName: '',
  callbackWaitsForEmptyEventLoop: false,
  getRemainingTimeInMillis: () => 60_000,
  done() {},
  fail() {},
  succeed() {},
}

await answer(async (servers) => {
  const people = await seedPeople(servers.mysqlUrl, conversations * 2)
  const pairs = people.flatMap((to, index): Pair[] => (index % 2 === 0 ? [] : [[people[index - 1] ?? 0, to]]))
  await seedFriendships(servers.mysqlUrl, pairs)
  const results = await measureInTurn(servers, [
    path(pairs, { size: 1, batches: 400, atOnce: 1 }),
    path(pairs, { size: 10, batches: 200, atOnce: 1 }),
    path(pairs, { size: 100, batches: 60, atOnce: 1 }),
    path(pairs, { size: 1_000, batches: 12, atOnce: 1 }),
    path(pairs, { size: 100, batches: 120, atOnce: partitions }),
    path(pairs, { size: 500, batches: 40, atOnce: partitions }),
  ])
  return results.map((result) => {
    const size = Number(result.setting.size)
    const more = { 'records/s': round(result.perSecond * size), 'CPU ms a record': round(cpuOf(result) / size) }
    return { ...result, more }
  })
})

// Batches of one partition come one after another, and so do all of a conversation.
function path(
  pairs: readonly Pair[],
  { size, batches, atOnce }: { size: number; batches: number; atOnce: number },
): Path {
  return {
    workload: 'batch',
    setting: { size, atOnce },
    operations: batches,
    prepare() {
      const queues = Array.from({ length: atOnce }, (_, partition) =>
        Array.from({ length: batches / atOnce }, (_, batch) => event(pairs, { partition, atOnce, size, batch })),
      )
      return async () => {
        await inParallel(queues, atOnce, async (queue) => {
          for (const each of queue) await handler(each, context)
        })
      }
    },
  }
}

interface Place {
  partition: number
  /** Partitions in use. */
  atOnce: number
  size: number
  batch: number
}

function event(pairs: readonly Pair[], { partition, atOnce, size, batch }: Place): MSKEvent {
  const ofPartition = pairs.filter((_, index) => index % atOnce === partition)
  const records = Array.from({ length: size }, (_, index) => record(ofPartition, partition, batch * size + index))
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/bench/0',
    bootstrapServers: '127.0.0.1:9092',
    records: { [`${topic}-${partition}`]: records },
  }
}

function record(pairs: readonly Pair[], partition: number, index: number): MSKRecord {
  const pair = pairs[index % pairs.length] ?? [0, 0]
  const [from, to] = Math.floor(index / pairs.length) % 2 === 0 ? pair : [pair[1], pair[0]]
  const value: MessageRecord = {
    kind: 'message',
    chat_type: 2,
    record_id: randomUUID(),
    from_id: from,
    target_id: to,
    content: `a message as people write them: ${index}`,
    media: 1,
    requested_at: Date.now() + index,
    origin: { connection_id: `connection-of-${from}`, batch: false, language: 'en' },
  }
  return {
    topic,
    partition,
    offset: offset++,
    timestamp: Date.now(),
    timestampType: 'CREATE_TIME',
    key: Buffer.from(keyOf(pairOf(from, to))).toString('base64'),
    value: Buffer.from(JSON.stringify(value)).toString('base64'),
    headers: [],
  }
}
