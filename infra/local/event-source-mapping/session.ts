// One consumer of the group, from its connection until it crashes. The next is a new client: nothing of a crash is carried over.
import { once } from 'node:events'
import { type Consumer, type EachBatchPayload, Kafka, type KafkaMessage, logLevel } from 'kafkajs'
import { within } from './within.ts'

export type SessionOptions = {
  readonly name: string
  readonly brokers: readonly string[]
  readonly groupId: string
  readonly topic: string
  received(partition: number, messages: readonly KafkaMessage[], logEnd: number): void
}

export type Session = {
  /** Resolves with the reason, once it has left the group. */
  readonly ended: Promise<Error>
  end(): void
  /** Commits under the membership of the moment, without kafkajs' retries, which might outlast it. */
  commit(offsets: ReadonlyMap<number, number>): Promise<void>
  pause(partition: number): void
  resume(partition: number): void
}

/**
 * The fetch loop never waits for an invocation: batches are handed over and the next fetch starts. So it also keeps the
 * membership alive and follows a rebalance while a batch is in flight for as long as a function may take.
 */
const timing = { sessionTimeout: 6_000, rebalanceTimeout: 10_000, heartbeatInterval: 500, maxWaitTimeInMs: 250 }
/** Short, so that a stop is not held up and a Kafka that comes back is seen soon. */
const retry = { initialRetryTime: 100, retries: 4, maxRetryTime: 1_000 }
const leaveMs = 2_000

/** @param joined - called with the partitions of each membership. */
export function openSession(
  options: SessionOptions,
  joined: (partitions: readonly number[], memberId: string) => void,
): Session {
  const { topic, received } = options
  const consumer = createConsumer(options)
  const ending = new AbortController()
  let commitOffsets: EachBatchPayload['commitOffsetsIfNecessary'] | undefined
  ending.signal.addEventListener('abort', () => {
    commitOffsets = undefined
  })
  consumer.on('consumer.crash', ({ payload }) => ending.abort(payload.error))
  consumer.on('consumer.group_join', ({ payload }) => {
    joined(payload.memberAssignment[topic] ?? [], payload.memberId)
  })

  /** Resolved at once, and the batch handed over: the offset to fetch next is not the offset that is committed. */
  async function eachBatch({ batch, commitOffsetsIfNecessary }: EachBatchPayload): Promise<void> {
    if (!ending.signal.aborted) commitOffsets = commitOffsetsIfNecessary
    received(batch.partition, batch.messages, Number(batch.highWatermark))
  }

  return {
    ended: takePart(consumer, topic, eachBatch, ending.signal).catch((error: Error) => error),
    end: () => ending.abort(new Error('stopped')),
    async commit(offsets) {
      if (!commitOffsets) throw new Error('not in the group')
      const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }))
      await commitOffsets({ topics: [{ topic, partitions }] })
    },
    pause: (partition) => steer(consumer, 'pause', topic, partition),
    resume: (partition) => steer(consumer, 'resume', topic, partition),
  }
}

/** Reads the topic as one of the group until the signal, and leaves it. @returns the signal's reason. */
async function takePart(
  consumer: Consumer,
  topic: string,
  eachBatch: (payload: EachBatchPayload) => Promise<void>,
  ending: AbortSignal,
): Promise<Error> {
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    if (!ending.aborted) await consumer.run({ autoCommit: false, eachBatch })
    if (!ending.aborted) await once(ending, 'abort')
    return ending.reason
  } finally {
    await within(leaveMs, consumer.disconnect()).catch(() => undefined)
  }
}

function steer(consumer: Consumer, action: 'pause' | 'resume', topic: string, partition: number): void {
  try {
    consumer[action]([{ topic, partitions: [partition] }])
  } catch {
    // Not in the group: the next membership is told again when it claims its queues.
  }
}

function createConsumer({ name, brokers, groupId }: SessionOptions): Consumer {
  const kafka = new Kafka({ clientId: name, brokers: [...brokers], logLevel: logLevel.NOTHING, retry })
  return kafka.consumer({ groupId, ...timing, retry: { ...retry, restartOnFailure: async () => false } })
}
