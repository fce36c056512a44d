/** The cost of storing a batch: the consumer's handler, called directly, with recipients who are offline. */
import type { MSKEvent } from 'aws-lambda'
import type { KafkaMessage } from 'kafkajs'
import { handler } from '../../functions/stream/persist.ts'
import { buildEvent } from '../../infra/local/event-source-mapping/event.ts'
import { toRecord } from '../../infra/local/event-source-mapping/record.ts'
import { inParallel } from '../../lib/core/in-parallel.ts'
import { recordOf } from '../backlog.ts'
import { context } from '../context.ts'
import { round } from '../figures.ts'
import { type Pair, seedPairs } from '../seed.ts'
import { answer } from './child.ts'
import { cpuOf, measureInTurn, type Path } from './repeat.ts'

const conversations = 400
const partitions = 4
const topic = 'chat-messages'
const source = {
  eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/bench/0',
  bootstrapServers: '127.0.0.1:9092',
}
let offset = 0

await answer(async (servers) => {
  const pairs = await seedPairs(servers.mysqlUrl, conversations)
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
  const records = Array.from({ length: size }, (_, index) =>
    toRecord(topic, partition, message(ofPartition, batch * size + index)),
  )
  return JSON.parse(buildEvent(source, records))
}

function message(pairs: readonly Pair[], index: number): KafkaMessage {
  const pair = pairs[index % pairs.length] ?? [0, 0]
  const [from, to] = Math.floor(index / pairs.length) % 2 === 0 ? pair : [pair[1], pair[0]]
  const now = Date.now()
  const { key, value } = recordOf([from, to], `a message as people write them: ${index}`, now + index)
  return {
    key: Buffer.from(key),
    value: Buffer.from(value),
    offset: `${offset++}`,
    timestamp: `${now}`,
    headers: {},
    attributes: 0,
  }
}
