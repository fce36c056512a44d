// A topic's partitions, and where a new group starts to read them.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import type { MappingDefinition } from './definition.ts'
import type { Log } from './log.ts'

/** From each partition to the offset at which to start; undefined where the group has committed one. */
export type Starts = ReadonlyMap<number, number | undefined>

const lookAgainMs = 500
const retry = { initialRetryTime: 100, retries: 1 }

/** Waits for the topic, and says so once. @throws when the signal ends the waiting. */
export async function findTopic(
  definition: MappingDefinition,
  brokers: readonly string[],
  log: Log,
  signal: AbortSignal,
): Promise<Starts> {
  const { functionName, topic } = definition
  const client = new Kafka({ clientId: functionName, brokers: [...brokers], logLevel: logLevel.NOTHING, retry })
  for (let failures = 0; ; failures += 1) {
    const admin = client.admin()
    try {
      await admin.connect()
      return await readStarts(admin, definition)
    } catch (error) {
      if (failures === 0)
        log.warn(`${functionName}: waiting for ${topic}: ${error instanceof Error ? error.message : error}`)
      await sleep(lookAgainMs, undefined, { signal })
    } finally {
      await admin.disconnect().catch(() => undefined)
    }
  }
}

async function readStarts(admin: Admin, definition: MappingDefinition): Promise<Starts> {
  const { topic, consumerGroupId: groupId, startingPosition, startingTimestampMs } = definition
  const [offsets, committed] = await Promise.all([
    admin.fetchTopicOffsets(topic),
    admin.fetchOffsets({ groupId, topics: [topic] }),
  ])
  const known = committed.flatMap(({ partitions }) => partitions.filter(({ offset }) => offset !== '-1'))
  const begin =
    startingPosition === 'AT_TIMESTAMP'
      ? await admin.fetchTopicOffsetsByTimestamp(topic, startingTimestampMs)
      : offsets.map(({ partition, high, low }) => ({ partition, offset: startingPosition === 'LATEST' ? high : low }))
  const isNew = (partition: number) => !known.some((each) => each.partition === partition)
  return new Map(begin.map(({ partition, offset }) => [partition, isNew(partition) ? Number(offset) : undefined]))
}
