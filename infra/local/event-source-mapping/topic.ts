// Waits for the topic of a mapping.
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import type { MappingDefinition } from './definition.ts'
import type { Log } from './log.ts'

const lookAgainMs = 500
const retry = { initialRetryTime: 100, retries: 1 }

/** The topic's partitions. Waits for it, and says so once. @throws when the signal ends the waiting. */
export async function findTopic(
  definition: MappingDefinition,
  brokers: readonly string[],
  log: Log,
  signal: AbortSignal,
): Promise<number[]> {
  const { functionName, topic } = definition
  const client = new Kafka({ clientId: functionName, brokers: [...brokers], logLevel: logLevel.NOTHING, retry })
  for (let failures = 0; ; failures += 1) {
    const admin = client.admin()
    try {
      await admin.connect()
      return (await admin.fetchTopicOffsets(topic)).map(({ partition }) => partition)
    } catch (error) {
      if (failures === 0)
        log.warn(`${functionName}: waiting for ${topic}: ${error instanceof Error ? error.message : error}`)
      await sleep(lookAgainMs, undefined, { signal })
    } finally {
      await admin.disconnect().catch(() => undefined)
    }
  }
}
