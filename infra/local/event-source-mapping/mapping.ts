// One event source mapping at work: its group of pollers, and the partition queues they share.
import { setMaxListeners } from 'node:events'
import type { MappingDefinition } from './definition.ts'
import { createDestination } from './destination.ts'
import { type GroupMember, joinGroup } from './group-member.ts'
import type { Invoke } from './invoke.ts'
import type { Log } from './log.ts'
import type { PartitionQueues } from './partition-queue.ts'
import { findTopic } from './topic.ts'
import { within } from './within.ts'

export type MappingOptions = {
  readonly definition: MappingDefinition
  /** host:port, separated by commas. */
  readonly brokers: string
  readonly invoke: Invoke
  readonly log: Log
}

export type Mapping = {
  /** Resolves once every partition of the topic is read; rejects if the mapping is stopped before. */
  readonly ready: Promise<void>
  /**
   * Stops: no new batch begins, those in flight may finish until the time is up, offsets of finished records are committed,
   * and every poller leaves the group.
   */
  stop(timeoutMs: number): Promise<void>
}

/** How long a stop waits for what cannot be ended, such as a request to a Kafka that does not answer. */
const leaveMs = 2_000

/**
 * Starts a mapping with as many pollers as AWS begins with: the minimum, and at most one a partition. A poller here never
 * waits for an invocation before it fetches again, so one keeps up with all partitions, and its events can hold several.
 *
 * Never throws for want of Kafka or of the topic: it waits for them, and says so once.
 */
export function startMapping({ definition, brokers: bootstrapServers, invoke, log }: MappingOptions): Mapping {
  const { topic, functionName, consumerGroupId } = definition
  const brokers = bootstrapServers.split(',')
  const source = { eventSourceArn: definition.eventSourceArn, bootstrapServers }
  const destination = createDestination(definition, source, log)
  const queues: PartitionQueues = new Map()
  const stop = new AbortController()
  const abandon = new AbortController()
  const [stopping, abandoning] = [stop.signal, abandon.signal]
  setMaxListeners(0, stopping, abandoning)
  const members: GroupMember[] = []
  const ready = Promise.withResolvers<void>()
  ready.promise.catch(() => undefined)
  const started = start().catch((error: Error) => ready.reject(error))

  async function start(): Promise<void> {
    const partitions = await findTopic(definition, brokers, log, stopping)
    if (stopping.aborted) return
    const pollers = Math.min(partitions.length, definition.pollers)
    log.info(
      `${functionName}: reading ${topic} as ${consumerGroupId}, ${partitions.length} partitions by ${pollers} pollers`,
    )
    const onAssigned = () => {
      if (partitions.every((partition) => queues.get(partition)?.owner)) ready.resolve()
    }
    const shared = { definition, source, queues, invoke, destination, log, stopping, abandoning, brokers }
    for (let number = 1; number <= pollers; number += 1) {
      members.push(joinGroup({ ...shared, name: `${consumerGroupId}-${number}`, onAssigned }))
    }
  }

  return {
    ready: ready.promise,
    async stop(timeoutMs) {
      stop.abort()
      ready.reject(new Error('stopped'))
      await within(leaveMs, started)
      const idle = Promise.all(members.map((member) => member.idle()))
      await within(timeoutMs, idle)
      abandon.abort()
      await within(leaveMs, idle)
      await Promise.all(members.map(({ poller }) => poller.stop()))
      await destination.close()
    },
  }
}
