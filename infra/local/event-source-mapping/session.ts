// One consumer of the group, from its connection until it crashes. The next is a new client: nothing of a crash is carried over.
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

/** @param joined - called with the partitions of each membership. @returns the offsets at which to start some of them. */
export function openSession(
  options: SessionOptions,
  joined: (partitions: readonly number[], memberId: string) => ReadonlyMap<number, number>,
): Session {
  const { topic, received } = options
  const consumer = createConsumer(options)
  const { promise: reason, resolve: end } = Promise.withResolvers<Error>()
  let isEnding = false
  let commitOffsets: EachBatchPayload['commitOffsetsIfNecessary'] | undefined
  consumer.on('consumer.crash', ({ payload }) => end(payload.error))
  consumer.on('consumer.group_join', ({ payload }) => {
    const starts = joined(payload.memberAssignment[topic] ?? [], payload.memberId)
    for (const [partition, offset] of starts) consumer.seek({ topic, partition, offset: String(offset) })
  })

  async function run(): Promise<Error> {
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: [topic], fromBeginning: true })
      if (!isEnding) await consumer.run({ autoCommit: false, eachBatch })
      return await reason
    } finally {
      commitOffsets = undefined
      await within(leaveMs, consumer.disconnect()).catch(() => undefined)
    }
  }

  /** Resolved at once, and the batch handed over: the offset to fetch next is not the offset that is committed. */
  async function eachBatch({ batch, commitOffsetsIfNecessary }: EachBatchPayload): Promise<void> {
    commitOffsets = commitOffsetsIfNecessary
    received(batch.partition, batch.messages, Number(batch.highWatermark))
  }

  function steer(action: 'pause' | 'resume', partition: number): void {
    try {
      consumer[action]([{ topic, partitions: [partition] }])
    } catch {
      // Not in the group: the next membership is told again when it claims its queues.
    }
  }

  return {
    ended: run().catch((error: Error) => error),
    end() {
      isEnding = true
      end(new Error('stopped'))
    },
    async commit(offsets) {
      if (!commitOffsets) throw new Error('not in the group')
      const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }))
      await commitOffsets({ topics: [{ topic, partitions }] })
    },
    pause: (partition) => steer('pause', partition),
    resume: (partition) => steer('resume', partition),
  }
}

function createConsumer({ name, brokers, groupId }: SessionOptions): Consumer {
  const kafka = new Kafka({ clientId: name, brokers: [...brokers], logLevel: logLevel.NOTHING, retry })
  return kafka.consumer({ groupId, ...timing, retry: { ...retry, restartOnFailure: async () => false } })
}
