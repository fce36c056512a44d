// One consumer of the group: joins, fetches, commits, and reconnects by itself when Kafka was away.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Consumer, type EachBatchPayload, Kafka, type KafkaMessage, logLevel } from 'kafkajs'
import { createCommitter } from './commit.ts'
import type { Log } from './log.ts'
import { within } from './within.ts'

export type PollerOptions = {
  readonly name: string
  readonly brokers: readonly string[]
  readonly groupId: string
  readonly topic: string
  readonly log: Log
  /**
   * Called with all partitions that this consumer holds from now on.
   *
   * @param isNewMember - the membership is new: records fetched before do not belong to it.
   * @returns the offsets from which to read partitions for which the group has committed nothing.
   */
  assigned(partitions: readonly number[], isNewMember: boolean): ReadonlyMap<number, number>
  received(partition: number, messages: readonly KafkaMessage[], logEnd: number): void
}

export type Poller = {
  commit(partition: number, offset: number): void
  pause(partition: number): void
  resume(partition: number): void
  /** Commits the offsets of finished records, leaves the group and disconnects; Kafka has two seconds for each. */
  stop(): Promise<void>
}

/**
 * The fetch loop never waits for an invocation: batches are handed over and the next fetch starts. So it also keeps the
 * membership alive and follows a rebalance while a batch is in flight for as long as a function may take.
 */
const timing = { sessionTimeout: 6_000, rebalanceTimeout: 10_000, heartbeatInterval: 500, maxWaitTimeInMs: 250 }
/** Short, so that a stop is not held up and a Kafka that comes back is seen soon; `keepRunning` restarts without a limit. */
const retry = { initialRetryTime: 100, retries: 4, maxRetryTime: 1_000 }
const restartMs = 500
const leaveMs = 2_000

/** Starts a poller. It runs until it is stopped; a Kafka that cannot be reached is tried again for as long as it takes. */
export function startPoller(options: PollerOptions): Poller {
  const { topic, log } = options
  const stopping = new AbortController()
  const committer = createCommitter(send)
  let consumer: Consumer | undefined
  let commitOffsets: EachBatchPayload['commitOffsetsIfNecessary'] | undefined
  let memberId: string | undefined
  let isAway = false
  let endSession: (reason: Error) => void = () => undefined
  const running = keepRunning()

  async function keepRunning(): Promise<void> {
    while (!stopping.signal.aborted) {
      const reason = await session().catch((error: Error) => error)
      if (stopping.signal.aborted) return
      if (!isAway) log.warn(`${options.name}: lost Kafka: ${reason.message}`)
      isAway = true
      await sleep(restartMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  /** Runs one consumer until it crashes, and says why. A new client each time: nothing of a crash is carried over. */
  async function session(): Promise<Error> {
    const current = createConsumer(options)
    const { promise: ended, resolve: end } = Promise.withResolvers<Error>()
    endSession = end
    current.on('consumer.crash', ({ payload }) => end(payload.error))
    current.on('consumer.group_join', ({ payload }) => {
      join(current, payload.memberAssignment[topic] ?? [], payload.memberId)
    })
    try {
      consumer = current
      await current.connect()
      await current.subscribe({ topics: [topic], fromBeginning: true })
      if (!stopping.signal.aborted) await current.run({ autoCommit: false, eachBatch })
      return await ended
    } finally {
      commitOffsets = undefined
      await within(leaveMs, current.disconnect()).catch(() => undefined)
    }
  }

  function join(current: Consumer, partitions: readonly number[], joinedAs: string): void {
    committer.keepOnly(partitions)
    const starts = options.assigned(partitions, joinedAs !== memberId)
    memberId = joinedAs
    if (isAway) log.info(`${options.name}: Kafka is back`)
    isAway = false
    for (const [partition, offset] of starts) current.seek({ topic, partition, offset: String(offset) })
  }

  /** Resolved at once, and the batch handed over: the offset to fetch next is not the offset that is committed. */
  async function eachBatch({ batch, commitOffsetsIfNecessary }: EachBatchPayload): Promise<void> {
    commitOffsets = commitOffsetsIfNecessary
    options.received(batch.partition, batch.messages, Number(batch.highWatermark))
  }

  /** Commits under the membership of the moment, without kafkajs' retries, which might outlast it. */
  async function send(offsets: ReadonlyMap<number, number>): Promise<void> {
    if (!commitOffsets) throw new Error('not in the group')
    const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }))
    await commitOffsets({ topics: [{ topic, partitions }] })
  }

  function steer(action: 'pause' | 'resume', partition: number): void {
    try {
      consumer?.[action]([{ topic, partitions: [partition] }])
    } catch {
      // Not in the group: the next membership is told again when it claims its queues.
    }
  }

  async function stop(): Promise<void> {
    await within(leaveMs, committer.flush())
    committer.close()
    stopping.abort()
    endSession(new Error('stopped'))
    await within(leaveMs, running)
  }

  return {
    commit: committer.commit,
    pause: (partition) => steer('pause', partition),
    resume: (partition) => steer('resume', partition),
    stop,
  }
}

function createConsumer({ name, brokers, groupId }: PollerOptions): Consumer {
  const kafka = new Kafka({ clientId: name, brokers: [...brokers], logLevel: logLevel.NOTHING, retry })
  return kafka.consumer({ groupId, ...timing, retry: { ...retry, restartOnFailure: async () => false } })
}
