// One batch on its way: invokes the function until every record is done, given up, or no longer ours.
import type { MappingDefinition } from './definition.ts'
import type { Destination } from './destination.ts'
import { buildEvent, type EventSource } from './event.ts'
import type { Invoke } from './invoke.ts'
import type { Log } from './log.ts'
import { commitOffset, type PartitionQueue } from './partition-queue.ts'
import type { KafkaRecord } from './record.ts'
import { readResponse } from './response.ts'
import { advance, backoffMs, begin, expire, firstOpenOffset, keepPartitions, type Outcome, type Work } from './retry.ts'

export type BatchOptions = {
  readonly definition: MappingDefinition
  readonly source: EventSource
  readonly invoke: Invoke
  readonly destination: Destination
  readonly log: Log
  /** Ends the waiting between attempts; records that are not done by then stay in Kafka. */
  readonly stopping: AbortSignal
  /** Ends the invocations that are still under way. */
  readonly abandoning: AbortSignal
}

/**
 * Never rejects. Each queue is given back, and removed from `held`, as soon as none of its records is left in the batch.
 *
 * @param pause - waits before the next attempt; rejects when the mapping stops.
 */
export async function runBatch(
  held: Set<PartitionQueue>,
  records: readonly KafkaRecord[],
  options: BatchOptions,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  const { stopping, log, definition } = options
  let work = begin(records)
  while (work.attempts.length > 0 && !stopping.aborted) {
    try {
      work = await attempt(withoutLost(work, held), options)
      commitDone(work, held)
      if (work.failures > 0) await pause(backoffMs(work.failures, Math.random()))
    } catch (error) {
      if (stopping.aborted) break
      log.warn(`${definition.functionName}: ${error instanceof Error ? error.stack : error}`)
      work = { ...work, failures: work.failures + 1 }
    }
  }
  for (const queue of held) giveBack(queue, held)
}

async function attempt(work: Work, options: BatchOptions): Promise<Work> {
  const { definition, source, destination, stopping, abandoning } = options
  const fresh = expire(work, definition.policy, Date.now())
  for (const discard of fresh.discarded) await destination.send(discard, stopping)
  const next = fresh.work.attempts[0]
  if (!next) return fresh.work

  const outcome = await options.invoke(buildEvent(source, next.records), abandoning)
  if (abandoning.aborted) return fresh.work
  if (fresh.work.failures === 0 || outcome.kind !== 'not-reached') report(outcome, next.records, options)
  const { work: left, discarded } = advance(fresh.work, definition.policy, outcome)
  for (const discard of discarded) await destination.send(discard, stopping)
  return left
}

/** The batch without the partitions that were taken from us: their records are the next owner's. */
function withoutLost(work: Work, held: Set<PartitionQueue>): Work {
  for (const queue of held) if (!queue.owner) giveBack(queue, held)
  return keepPartitions(work, (partition) => [...held].some((queue) => queue.partition === partition))
}

function commitDone(work: Work, held: Set<PartitionQueue>): void {
  for (const queue of held) {
    if (!queue.owner) continue
    const open = firstOpenOffset(work, queue.partition)
    commitOffset(queue, open ?? (queue.inFlightUntil ?? -1) + 1)
    if (open === undefined) giveBack(queue, held)
  }
}

function giveBack(queue: PartitionQueue, held: Set<PartitionQueue>): void {
  held.delete(queue)
  queue.inFlightUntil = undefined
  queue.owner?.wake()
}

function report(outcome: Outcome, records: readonly KafkaRecord[], { definition, log }: BatchOptions): void {
  const problem = outcome.kind === 'returned' ? misreport(outcome.payload, records, definition) : outcome.error
  const kind = outcome.kind === 'returned' ? 'malformed response' : outcome.kind
  if (problem) log.warn(`${definition.functionName}: ${kind} with ${records.length} records: ${problem.slice(0, 200)}`)
}

function misreport(payload: string, records: readonly KafkaRecord[], { policy }: MappingDefinition) {
  const response = policy.reportsItemFailures ? readResponse(records, payload) : undefined
  return response?.kind === 'malformed' ? response.why : undefined
}
