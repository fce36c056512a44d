// Sends what waits in a poller's partition queues: chooses the batches, and how many are under way at once.
import { setTimeout as sleep } from 'node:timers/promises'
import { type BatchOptions, runBatch } from './batch.ts'
import type { MappingDefinition } from './definition.ts'
import { countFitting, type EventSource, payloadLimitBytes } from './event.ts'
import { type Owner, type PartitionQueue, type PartitionQueues, take, type WaitingLimits } from './partition-queue.ts'
import type { KafkaRecord } from './record.ts'

export type DispatchOptions = BatchOptions & { readonly queues: PartitionQueues }

export type Dispatcher = {
  /** Sends what can be sent. */
  wake(): void
  /** Resolves when no batch is under way. */
  idle(): Promise<void>
}

/** "Each event poller supports up to 5 concurrent Lambda invocations" (with-kafka-low-latency). */
const maximumInvocations = 5

/** How much may wait in a queue: ten batches, or enough for two full events. */
export function waitingLimits({ batchSize }: MappingDefinition): WaitingLimits {
  return { records: batchSize * 10, bytes: payloadLimitBytes * 2 }
}

/**
 * Makes the dispatcher of one poller.
 *
 * A partition is in one batch at a time; partitions that are not in a failing batch go on. No batch is begun while five
 * invocations are under way; one that waits for its next attempt does not count.
 */
export function createDispatcher(owner: Owner, options: DispatchOptions): Dispatcher {
  const { definition, source, queues, stopping } = options
  const batches = new Set<Promise<void>>()
  let active = 0
  let windowTimer: NodeJS.Timeout | undefined
  stopping.addEventListener('abort', () => clearTimeout(windowTimer))

  function wake(): void {
    clearTimeout(windowTimer)
    while (!stopping.aborted && active < maximumInvocations) {
      const own = [...queues.values()].filter((queue) => queue.owner === owner)
      const next = nextBatch(own, definition, source, Date.now())
      if (next === undefined) return
      if (next.dueInMs > 0) {
        windowTimer = setTimeout(wake, next.dueInMs)
        return
      }
      start(takeFrom(own, next.records, definition), next.records)
    }
  }

  function start(held: Set<PartitionQueue>, records: readonly KafkaRecord[]): void {
    active += 1
    const batch = runBatch(held, records, options, pause).finally(() => {
      active -= 1
      batches.delete(batch)
      wake()
    })
    batches.add(batch)
  }

  /** Waits before the next attempt, and lets another batch go in the meantime. */
  async function pause(ms: number): Promise<void> {
    active -= 1
    wake()
    await sleep(ms, undefined, { signal: stopping }).finally(() => {
      active += 1
    })
  }

  async function idle(): Promise<void> {
    while (batches.size > 0) await Promise.all(batches)
  }

  return { wake, idle }
}

/**
 * The records that go next, of queues without a batch in flight. They are due at once when they fill a batch (records or
 * bytes), otherwise when the oldest has waited for the batching window.
 */
function nextBatch(
  queues: readonly PartitionQueue[],
  { batchSize, batchingWindowMs }: MappingDefinition,
  source: EventSource,
  now: number,
): { records: readonly KafkaRecord[]; dueInMs: number } | undefined {
  const ready = queues
    .filter(({ inFlightUntil, waiting }) => inFlightUntil === undefined && waiting.length > 0)
    .sort((a, b) => a.waitingSinceMs - b.waitingSinceMs)
  const [first] = ready
  if (!first) return undefined
  const candidates = ready.flatMap(({ waiting }) => waiting.slice(0, batchSize)).slice(0, batchSize)
  const count = countFitting(source, candidates, { batchSize, maxBytes: payloadLimitBytes })
  const isFull = count < candidates.length || count === batchSize
  return { records: candidates.slice(0, count), dueInMs: isFull ? 0 : first.waitingSinceMs + batchingWindowMs - now }
}

/** Moves the records into flight. @returns the queues that they were in. */
function takeFrom(
  queues: readonly PartitionQueue[],
  records: readonly KafkaRecord[],
  definition: MappingDefinition,
): Set<PartitionQueue> {
  const counts = Map.groupBy(records, ({ partition }) => partition)
  const taken = queues.filter(({ partition }) => counts.has(partition))
  for (const queue of taken)
    take(queue, counts.get(queue.partition)?.length ?? 0, waitingLimits(definition), Date.now())
  return new Set(taken)
}
