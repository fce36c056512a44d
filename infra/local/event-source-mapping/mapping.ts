// One event source mapping at work: its group of pollers, and the lanes they share.
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import type { MappingDefinition } from './definition.ts'
import { createDestination } from './destination.ts'
import { createDispatcher, waitingLimits } from './dispatch.ts'
import type { Invoke } from './invoke.ts'
import { claim, dropWaiting, type Lanes, type Owner, receive, release } from './lane.ts'
import type { Log } from './log.ts'
import { type Poller, startPoller } from './poller.ts'
import { toRecord } from './record.ts'
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
   * Stops: no batch is begun any more, those in flight may finish until the time is up, what is settled is committed,
   * and every poller leaves the group.
   */
  stop(timeoutMs: number): Promise<void>
}

/** How long a stop waits for what cannot be ended, such as a request to a Kafka that does not answer. */
const leaveMs = 2_000
const lookAgainMs = 500

/**
 * Starts a mapping with as many pollers as AWS begins with: the minimum, and at most one a partition. A poller here never
 * waits for an invocation before it fetches again, so one keeps up with all partitions, and its events can hold several.
 *
 * Never throws for want of Kafka or of the topic: it waits for them, and says so once.
 */
export function startMapping({ definition, brokers, invoke, log }: MappingOptions): Mapping {
  const { topic, functionName, consumerGroupId } = definition
  const source = { eventSourceArn: definition.eventSourceArn, bootstrapServers: brokers }
  const destination = createDestination(definition, source, log)
  const lanes: Lanes = new Map()
  const limits = waitingLimits(definition)
  const stopping = new AbortController()
  const abandoning = new AbortController()
  setMaxListeners(0, stopping.signal, abandoning.signal)
  const shared = {
    definition,
    source,
    lanes,
    invoke,
    destination,
    log,
    stopping: stopping.signal,
    abandoning: abandoning.signal,
  }
  const members: { poller: Poller; idle(): Promise<void> }[] = []
  const allRead = Promise.withResolvers<void>()
  allRead.promise.catch(() => undefined)
  const started = start().catch((error: Error) => allRead.reject(error))

  async function start(): Promise<void> {
    const starts = await findTopic()
    if (stopping.signal.aborted) return
    const pollers = Math.min(starts.size, definition.pollers)
    log.info(`${functionName}: reading ${topic} as ${consumerGroupId}, ${starts.size} partitions by ${pollers} pollers`)
    for (let number = 1; number <= pollers; number += 1) join(`${consumerGroupId}-${number}`, starts)
  }

  function join(name: string, starts: ReadonlyMap<number, number | undefined>): void {
    const owner: Owner = {
      wake: () => dispatcher.wake(),
      commit: (partition, offset) => poller.commit(partition, offset),
      pause: (partition) => poller.pause(partition),
      resume: (partition) => poller.resume(partition),
    }
    const dispatcher = createDispatcher(owner, shared)
    let waking: NodeJS.Immediate | undefined

    function assigned(partitions: readonly number[], isNewMember: boolean): Map<number, number> {
      for (const lane of lanes.values()) {
        if (lane.owner !== owner) continue
        if (!partitions.includes(lane.partition)) release(lane)
        else if (isNewMember) dropWaiting(lane)
      }
      const claimed = partitions.map((partition) => claim(lanes, partition, owner))
      if ([...starts.keys()].every((partition) => lanes.get(partition)?.owner)) allRead.resolve()
      dispatcher.wake()
      return new Map(
        claimed.flatMap(({ partition, settledTo }) => {
          const offset = starts.get(partition)
          return offset !== undefined && settledTo === 0 ? [[partition, offset]] : []
        }),
      )
    }

    const poller = startPoller({
      name,
      brokers: brokers.split(','),
      groupId: consumerGroupId,
      topic,
      log,
      assigned,
      received: (partition, messages, logEnd) => {
        const lane = lanes.get(partition)
        if (lane?.owner !== owner) return
        const records = messages.map((message) => toRecord(topic, partition, message))
        receive(lane, records, logEnd, limits, Date.now())
        // The other partitions of the same fetch follow within this turn, and leave in the same event.
        clearImmediate(waking)
        waking = setImmediate(dispatcher.wake)
      },
    })
    members.push({ poller, idle: dispatcher.idle })
  }

  /** Waits for the topic; maps its partitions to where to start, where the group has not started before. */
  async function findTopic(): Promise<Map<number, number | undefined>> {
    const retry = { initialRetryTime: 100, retries: 1 }
    const client = new Kafka({ clientId: functionName, brokers: brokers.split(','), logLevel: logLevel.NOTHING, retry })
    for (let failures = 0; ; failures += 1) {
      const admin = client.admin()
      try {
        await admin.connect()
        const [offsets, committed] = await Promise.all([
          admin.fetchTopicOffsets(topic),
          admin.fetchOffsets({ groupId: consumerGroupId, topics: [topic] }),
        ])
        const known = committed.flatMap(({ partitions }) => partitions.filter(({ offset }) => offset !== '-1'))
        const begin =
          definition.startingPosition === 'AT_TIMESTAMP'
            ? await admin.fetchTopicOffsetsByTimestamp(topic, definition.startingTimestampMs)
            : offsets.map(({ partition, high, low }) => ({
                partition,
                offset: definition.startingPosition === 'LATEST' ? high : low,
              }))
        const isNew = (partition: number) => !known.some((each) => each.partition === partition)
        return new Map(begin.map(({ partition, offset }) => [partition, isNew(partition) ? Number(offset) : undefined]))
      } catch (error) {
        if (failures === 0)
          log.warn(`${functionName}: waiting for ${topic}: ${error instanceof Error ? error.message : error}`)
        await sleep(lookAgainMs, undefined, { signal: stopping.signal })
      } finally {
        await admin.disconnect().catch(() => undefined)
      }
    }
  }

  async function stop(timeoutMs: number): Promise<void> {
    stopping.abort()
    allRead.reject(new Error('stopped'))
    await within(leaveMs, started)
    const idle = Promise.all(members.map((member) => member.idle()))
    await within(timeoutMs, idle)
    abandoning.abort()
    await within(leaveMs, idle)
    await Promise.all(members.map(({ poller }) => poller.stop()))
    await destination.close()
  }

  return { ready: allRead.promise, stop }
}
