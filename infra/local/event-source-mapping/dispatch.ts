// Makes batches of what waits in a poller's lanes, invokes the function, and settles, retries or discards what comes back.
import { setTimeout as sleep } from 'node:timers/promises'
import type { MappingDefinition } from './definition.ts'
import type { Destination } from './destination.ts'
import { buildEvent, countFitting, type EventSource, payloadLimitBytes } from './event.ts'
import type { Invoke } from './invoke.ts'
import { type Lane, type Lanes, type Owner, settleTo, take, type WaitingLimits } from './lane.ts'
import type { Log } from './log.ts'
import type { KafkaRecord } from './record.ts'
import { settle } from './response.ts'
import { advance, backoffMs, begin, expire, firstOpenOffset, keepPartitions, type Outcome, type Work } from './retry.ts'

export type DispatchOptions = {
  readonly definition: MappingDefinition
  readonly source: EventSource
  readonly lanes: Lanes
  readonly invoke: Invoke
  readonly destination: Destination
  readonly log: Log
  /** Ends the waiting between attempts; what is not settled by then stays in Kafka. */
  readonly stopping: AbortSignal
  /** Ends the invocations that are still under way. */
  readonly abandoning: AbortSignal
}

export type Dispatcher = {
  /** Sends what can be sent. */
  wake(): void
  /** Resolves when no batch is in hand. */
  idle(): Promise<void>
}

/** "Each event poller supports up to 5 concurrent Lambda invocations" (with-kafka-low-latency). */
const maximumInvocations = 5

/** How much may wait in a lane: ten batches, or enough for two full events. */
export function waitingLimits({ batchSize }: MappingDefinition): WaitingLimits {
  return { records: batchSize * 10, bytes: payloadLimitBytes * 2 }
}

/**
 * Makes the dispatcher of one poller.
 *
 * A batch leaves when it is full (records or bytes) or when its oldest record has waited for the batching window. A
 * partition is in one batch at a time; partitions that are not in a failing batch go on. No batch is begun while five
 * invocations are under way; one that waits for its next attempt does not count.
 */
export function createDispatcher(owner: Owner, options: DispatchOptions): Dispatcher {
  const { definition, source, lanes, log, stopping } = options
  const { policy, functionName, batchSize, batchingWindowMs } = definition
  const batches = new Set<Promise<void>>()
  let active = 0
  let windowTimer: NodeJS.Timeout | undefined
  stopping.addEventListener('abort', () => clearTimeout(windowTimer))

  function wake(): void {
    clearTimeout(windowTimer)
    while (!stopping.aborted && active < maximumInvocations) {
      const ready = [...lanes.values()]
        .filter((lane) => lane.owner === owner && lane.inFlightUntil === undefined && lane.waiting.length > 0)
        .sort((a, b) => a.waitingSinceMs - b.waitingSinceMs)
      const first = ready[0]
      if (!first) return

      const candidates = ready.flatMap(({ waiting }) => waiting.slice(0, batchSize)).slice(0, batchSize)
      const count = countFitting(source, candidates, { batchSize, maxBytes: payloadLimitBytes })
      const dueInMs = first.waitingSinceMs + batchingWindowMs - Date.now()
      if (dueInMs > 0 && count === candidates.length && count < batchSize) {
        windowTimer = setTimeout(wake, dueInMs)
        return
      }
      start(ready, candidates.slice(0, count))
    }
  }

  function start(ready: readonly Lane[], records: readonly KafkaRecord[]): void {
    const limits = waitingLimits(definition)
    const taken = ready.filter(({ partition }) => records.some((record) => record.partition === partition))
    for (const lane of taken)
      take(lane, records.filter(({ partition }) => partition === lane.partition).length, limits, Date.now())
    active += 1
    const batch = run(new Set(taken), records).finally(() => {
      active -= 1
      batches.delete(batch)
      wake()
    })
    batches.add(batch)
  }

  /** Never rejects. A lane is given back as soon as nothing of it is left in the batch. */
  async function run(held: Set<Lane>, records: readonly KafkaRecord[]): Promise<void> {
    let work = begin(records)
    while (work.attempts.length > 0 && !stopping.aborted) {
      try {
        work = await attempt(letGo(work, held))
        settleWhatIsDone(work, held)
        if (work.failures > 0) await pause(backoffMs(work.failures, Math.random()))
      } catch (error) {
        if (stopping.aborted) break
        log.warn(`${functionName}: ${error instanceof Error ? error.stack : error}`)
        work = { ...work, failures: work.failures + 1 }
      }
    }
    for (const lane of held) free(lane)
  }

  /** Waits before the next attempt, and lets another batch go in the meantime. */
  async function pause(ms: number): Promise<void> {
    active -= 1
    wake()
    await sleep(ms, undefined, { signal: stopping }).finally(() => {
      active += 1
    })
  }

  /** Gives up the lanes that were taken from us: their records are the next owner's. */
  function letGo(work: Work, held: Set<Lane>): Work {
    for (const lane of held) if (!lane.owner) giveBack(lane, held)
    return keepPartitions(work, (partition) => [...held].some((lane) => lane.partition === partition))
  }

  async function attempt(work: Work): Promise<Work> {
    const fresh = expire(work, policy, Date.now())
    for (const discard of fresh.discarded) await options.destination.send(discard, stopping)
    const next = fresh.work.attempts[0]
    if (!next) return fresh.work

    const outcome = await options.invoke(buildEvent(source, next.records), options.abandoning)
    if (options.abandoning.aborted) return fresh.work
    if (fresh.work.failures === 0 || outcome.kind !== 'not-reached') report(outcome, next.records)
    const { work: left, discarded } = advance(fresh.work, policy, outcome)
    for (const discard of discarded) await options.destination.send(discard, stopping)
    return left
  }

  function settleWhatIsDone(work: Work, held: Set<Lane>): void {
    for (const lane of held) {
      if (!lane.owner) continue
      const open = firstOpenOffset(work, lane.partition)
      settleTo(lane, open ?? (lane.inFlightUntil ?? -1) + 1)
      if (open === undefined) giveBack(lane, held)
    }
  }

  function giveBack(lane: Lane, held: Set<Lane>): void {
    held.delete(lane)
    free(lane)
  }

  function free(lane: Lane): void {
    lane.inFlightUntil = undefined
    lane.owner?.wake()
  }

  function report(outcome: Outcome, records: readonly KafkaRecord[]): void {
    const problem = outcome.kind === 'returned' ? misreport(outcome.payload, records) : outcome.error
    const kind = outcome.kind === 'returned' ? 'malformed response' : outcome.kind
    if (problem) log.warn(`${functionName}: ${kind} with ${records.length} records: ${problem.slice(0, 200)}`)
  }

  function misreport(payload: string, records: readonly KafkaRecord[]): string | undefined {
    const settlement = policy.reportsItemFailures ? settle(records, payload) : undefined
    return settlement?.kind === 'malformed' ? settlement.why : undefined
  }

  async function idle(): Promise<void> {
    while (batches.size > 0) await Promise.all(batches)
  }

  return { wake, idle }
}
