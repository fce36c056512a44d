// Sends discarded records to a Kafka on-failure destination.
// https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html#kafka-ofd-record-format
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel, type Message, Partitioners, type Producer } from 'kafkajs'
import type { MappingDefinition } from './definition.ts'
import { buildEvent, type EventSource } from './event.ts'
import type { Log } from './log.ts'
import type { KafkaRecord } from './record.ts'
import { backoffMs, type Discard } from './retry.ts'

export type FailureContext = {
  readonly functionArn: string
  readonly source: EventSource
  readonly requestId: string
  /** When the record was discarded, in milliseconds since 1970. */
  readonly now: number
}

export type Destination = {
  /**
   * Sends discarded records. Resolves when they are stored: a destination that cannot be reached is tried
   * again until the signal says to stop, and then this rejects.
   */
  send(discard: Discard, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** Describes one discarded record: the reason, and the record itself in the event of a batch of one. */
export function buildFailure(record: KafkaRecord, discard: Omit<Discard, 'records'>, context: FailureContext): string {
  const event = buildEvent(context.source, [record])
  const answer = { statusCode: 200, executedVersion: '$LATEST' }
  const fields = {
    requestContext: {
      requestId: context.requestId,
      functionArn: context.functionArn,
      condition: discard.condition,
      approximateInvokeCount: discard.invocations,
    },
    responseContext:
      discard.answer === 'function-error' ? { ...answer, functionError: 'Unhandled' } : discard.answer ? answer : null,
    version: '1.0',
    timestamp: new Date(context.now).toISOString(),
    KafkaBatchInfo: {
      batchSize: 1,
      ...context.source,
      payloadSize: Buffer.byteLength(event),
      recordInfo: { offset: String(record.offset), timestamp: new Date(record.timestamp).toISOString() },
    },
  }
  return `${JSON.stringify(fields).slice(0, -1)},"payload":${event}}`
}

/**
 * Sends each record to the topic under its own key, and so in the order of its key. A record that the topic's limit refuses
 * in its envelope is lost, as is everything where there is no destination: but for a line in the log.
 */
export function createDestination(definition: MappingDefinition, source: EventSource, log: Log): Destination {
  const { functionArn, functionName, destinationTopic: topic } = definition
  let producer: Promise<Producer> | undefined

  async function send(discard: Discard, signal: AbortSignal): Promise<void> {
    log.warn(
      `${functionName}: ${describe(discard)}${topic ? `, goes to ${topic}` : ', dropped: there is no destination'}`,
    )
    if (!topic) return
    for (const record of discard.records) {
      const value = buildFailure(record, discard, { functionArn, source, requestId: randomUUID(), now: Date.now() })
      await deliver(topic, { key: record.key, value }, signal)
    }
  }

  async function deliver(topic: string, message: Message, signal: AbortSignal): Promise<void> {
    for (let failures = 1; ; failures += 1) {
      try {
        producer ??= connect(source)
        await (await producer).send({ topic, messages: [message] })
        return
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        if (failures === 1) log.warn(`${functionName}: cannot write to ${topic}: ${reason}`)
        // The envelope in base64 is a third bigger than the record was, and no retry makes it smaller.
        if (isTooLarge(error)) return
        await close()
        await sleep(backoffMs(failures, Math.random()), undefined, { signal })
      }
    }
  }

  async function close(): Promise<void> {
    const closing = producer
    producer = undefined
    await closing?.then((connected) => connected.disconnect()).catch(() => undefined)
  }

  return { send, close }
}

async function connect({ bootstrapServers }: EventSource): Promise<Producer> {
  const kafka = new Kafka({
    clientId: 'event-source-mapping',
    brokers: bootstrapServers.split(','),
    logLevel: logLevel.NOTHING,
  })
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, allowAutoTopicCreation: false })
  await producer.connect()
  return producer
}

function isTooLarge(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : undefined
  return cause instanceof Error && 'type' in cause && cause.type === 'MESSAGE_TOO_LARGE'
}

function describe({ records, condition, invocations }: Discard): string {
  const places = Map.groupBy(records, ({ topic, partition }) => `${topic}-${partition}`)
  const listed = [...places].map(([place, group]) => `${place} offsets ${group.map(({ offset }) => offset).join(' ')}`)
  return `${condition} after ${invocations} invocations: ${listed.join(', ')}`
}
