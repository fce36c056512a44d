// One partition's records in this process: what waits, what is in flight, what is settled. The lanes of a mapping are shared
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

export type Lane = {
  readonly partition: number
  owner: Owner | undefined
  waiting: KafkaRecord[]
  waitingBytes: number
  /** When the first of the waiting records came, or the batch before them was taken. */
  waitingSinceMs: number
  isPaused: boolean
  /** The last offset of the batch in flight. */
  inFlightUntil: number | undefined
  /** Every record before this offset is done with. */
  settledTo: number
}

export type Lanes = Map<number, Lane>

/** A lane stops fetching when so much waits, and goes on when half of it is gone. */
export type WaitingLimits = { readonly records: number; readonly bytes: number }

/** Gives the lane to a poller, which keeps what another poller of this process has fetched for it. */
export function claim(lanes: Lanes, partition: number, owner: Owner): Lane {
  const lane = lanes.get(partition) ?? create(partition)
  lanes.set(partition, lane)
  lane.owner = owner
  if (lane.isPaused) owner.pause(partition)
  else owner.resume(partition)
  return lane
}

/** Takes the lane from its poller: what waits is dropped, and what is in flight will not be committed. */
export function release(lane: Lane): void {
  lane.owner = undefined
  dropWaiting(lane)
}

/** Forgets what was fetched but not sent; it is fetched again from the committed offset. */
export function dropWaiting(lane: Lane): void {
  lane.waiting = []
  lane.waitingBytes = 0
  resumeIfDrained(lane, { records: 1, bytes: 1 })
}

/**
 * Takes in fetched records, except those that this process has in hand or has settled already: after a rebalance Kafka
 * hands out everything after the last commit again. If that is settled, its commit was lost on the way, and is made again.
 *
 * @param logEnd - the partition's end; when it lies before what is settled, the topic was made anew and all is new.
 */
export function receive(
  lane: Lane,
  records: readonly KafkaRecord[],
  logEnd: number,
  limits: WaitingLimits,
  now: number,
): void {
  if (logEnd < lane.settledTo) lane.settledTo = 0
  const isBehind = (records[0]?.offset ?? Infinity) < lane.settledTo
  if (isBehind) lane.owner?.commit(lane.partition, lane.settledTo)
  const expected = Math.max(lane.settledTo, (lane.waiting.at(-1)?.offset ?? lane.inFlightUntil ?? -1) + 1)
  const fresh = records.filter(({ offset }) => offset >= expected)
  if (lane.waiting.length === 0) lane.waitingSinceMs = now
  lane.waiting.push(...fresh)
  lane.waitingBytes += sum(fresh)
  if (!lane.isPaused && (lane.waiting.length >= limits.records || lane.waitingBytes >= limits.bytes)) {
    lane.isPaused = true
    lane.owner?.pause(lane.partition)
  }
}

/** Moves the first waiting records into flight. */
export function take(lane: Lane, count: number, limits: WaitingLimits, now: number): KafkaRecord[] {
  const taken = lane.waiting.splice(0, count)
  lane.waitingBytes -= sum(taken)
  lane.waitingSinceMs = now
  lane.inFlightUntil = taken.at(-1)?.offset
  resumeIfDrained(lane, limits)
  return taken
}

/** Notes that everything before `offset` is done with, and commits it if the partition is still ours. */
export function settleTo(lane: Lane, offset: number): void {
  if (offset <= lane.settledTo) return
  lane.settledTo = offset
  lane.owner?.commit(lane.partition, offset)
}

function create(partition: number): Lane {
  return {
    partition,
    owner: undefined,
    waiting: [],
    waitingBytes: 0,
    waitingSinceMs: 0,
    isPaused: false,
    inFlightUntil: undefined,
    settledTo: 0,
  }
}

function resumeIfDrained(lane: Lane, limits: WaitingLimits): void {
  if (!lane.isPaused || lane.waiting.length > limits.records / 2 || lane.waitingBytes > limits.bytes / 2) return
  lane.isPaused = false
  lane.owner?.resume(lane.partition)
}

function sum(records: readonly KafkaRecord[]): number {
  return records.reduce((total, { bytes }) => total + bytes, 0)
}
