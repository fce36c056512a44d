// One partition's records in this process: waiting, in flight, done. The queues of a mapping are shared
// by its pollers, so that a partition that moves from one to another is neither read twice nor invoked for twice at once.
import type { KafkaRecord } from './record.ts'

/** The poller that holds a partition in the consumer group. */
export type Owner = {
  /** Says that the partition may have records to send. */
  wake(): void
  /** Commits in the background; only the newest offset of a partition counts. */
  commit(partition: number, offset: number): void
  pause(partition: number): void
  resume(partition: number): void
}

export type PartitionQueue = {
  readonly partition: number
  owner: Owner | undefined
  waiting: KafkaRecord[]
  waitingBytes: number
  /** When the first of the waiting records came, or the batch before them was taken. */
  waitingSinceMs: number
  isPaused: boolean
  /** The last offset of the batch in flight. */
  inFlightUntil: number | undefined
  /** Every record before this offset is done. */
  doneTo: number
}

export type PartitionQueues = Map<number, PartitionQueue>

/** A queue stops fetching at this many waiting records, and goes on at half of them. */
export type WaitingLimits = { readonly records: number; readonly bytes: number }

/** Gives the queue to a poller, with the records that another poller of this process has fetched. */
export function claim(queues: PartitionQueues, partition: number, owner: Owner): PartitionQueue {
  const queue = queues.get(partition) ?? create(partition)
  queues.set(partition, queue)
  queue.owner = owner
  if (queue.isPaused) owner.pause(partition)
  else owner.resume(partition)
  return queue
}

/** Takes the queue from its poller: waiting records are dropped, and those in flight will not be committed. */
export function release(queue: PartitionQueue): void {
  queue.owner = undefined
  dropWaiting(queue)
}

/** Drops records that were fetched but not sent; they are fetched again from the committed offset. */
export function dropWaiting(queue: PartitionQueue): void {
  queue.waiting = []
  queue.waitingBytes = 0
  resumeIfDrained(queue, { records: 1, bytes: 1 })
}

/**
 * Takes in fetched records, except those that this process has in flight or has done already: after a rebalance Kafka
 * hands out everything after the last commit again. If those are done, their commit was lost on the way, and is made again.
 *
 * @param logEnd - the partition's end; when it lies before `doneTo`, the topic was deleted and made again: every record is new.
 */
export function receive(
  queue: PartitionQueue,
  records: readonly KafkaRecord[],
  logEnd: number,
  limits: WaitingLimits,
  now: number,
): void {
  if (logEnd < queue.doneTo) queue.doneTo = 0
  const isBehind = (records[0]?.offset ?? Infinity) < queue.doneTo
  if (isBehind) queue.owner?.commit(queue.partition, queue.doneTo)
  const expected = Math.max(queue.doneTo, (queue.waiting.at(-1)?.offset ?? queue.inFlightUntil ?? -1) + 1)
  const fresh = records.filter(({ offset }) => offset >= expected)
  if (queue.waiting.length === 0) queue.waitingSinceMs = now
  queue.waiting.push(...fresh)
  queue.waitingBytes += sum(fresh)
  if (!queue.isPaused && (queue.waiting.length >= limits.records || queue.waitingBytes >= limits.bytes)) {
    queue.isPaused = true
    queue.owner?.pause(queue.partition)
  }
}

/** Moves the first waiting records into flight. */
export function take(queue: PartitionQueue, count: number, limits: WaitingLimits, now: number): KafkaRecord[] {
  const taken = queue.waiting.splice(0, count)
  queue.waitingBytes -= sum(taken)
  queue.waitingSinceMs = now
  queue.inFlightUntil = taken.at(-1)?.offset
  resumeIfDrained(queue, limits)
  return taken
}

/** Notes that every record before `offset` is done, and commits it if the partition is still ours. */
export function commitOffset(queue: PartitionQueue, offset: number): void {
  if (offset <= queue.doneTo) return
  queue.doneTo = offset
  queue.owner?.commit(queue.partition, offset)
}

function create(partition: number): PartitionQueue {
  return {
    partition,
    owner: undefined,
    waiting: [],
    waitingBytes: 0,
    waitingSinceMs: 0,
    isPaused: false,
    inFlightUntil: undefined,
    doneTo: 0,
  }
}

function resumeIfDrained(queue: PartitionQueue, limits: WaitingLimits): void {
  if (!queue.isPaused || queue.waiting.length > limits.records / 2 || queue.waitingBytes > limits.bytes / 2) return
  queue.isPaused = false
  queue.owner?.resume(queue.partition)
}

function sum(records: readonly KafkaRecord[]): number {
  return records.reduce((total, { bytes }) => total + bytes, 0)
}
