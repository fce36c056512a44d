// One member of a mapping's consumer group: a poller, the dispatcher that sends what it fetches, and the queues between them.
import type { KafkaMessage } from 'kafkajs'
import { createDispatcher, type DispatchOptions, waitingLimits } from './dispatch.ts'
import { claim, dropWaiting, type Owner, receive, release } from './partition-queue.ts'
import { type Poller, startPoller } from './poller.ts'
import { toRecord } from './record.ts'

export type GroupMember = { readonly poller: Poller; idle(): Promise<void> }

type MemberOptions = DispatchOptions & {
  readonly name: string
  readonly brokers: readonly string[]
  /** Called after each assignment of partitions. */
  onAssigned(): void
}

export function joinGroup(options: MemberOptions): GroupMember {
  const { name, brokers, queues, log, definition } = options
  const { topic, consumerGroupId } = definition
  const owner: Owner = {
    wake: () => dispatcher.wake(),
    commit: (partition, offset) => poller.commit(partition, offset),
    pause: (partition) => poller.pause(partition),
    resume: (partition) => poller.resume(partition),
  }
  const dispatcher = createDispatcher(owner, options)
  let waking: NodeJS.Immediate | undefined

  function assigned(partitions: readonly number[], isNewMember: boolean): void {
    for (const queue of queues.values()) {
      if (queue.owner !== owner) continue
      if (!partitions.includes(queue.partition)) release(queue)
      else if (isNewMember) dropWaiting(queue)
    }
    for (const partition of partitions) claim(queues, partition, owner)
    options.onAssigned()
    dispatcher.wake()
  }

  function received(partition: number, messages: readonly KafkaMessage[], logEnd: number): void {
    const queue = queues.get(partition)
    if (queue?.owner !== owner) return
    const records = messages.map((message) => toRecord(topic, partition, message))
    receive(queue, records, logEnd, waitingLimits(definition), Date.now())
    // The other partitions of the same fetch follow within this turn, and leave in the same event.
    clearImmediate(waking)
    waking = setImmediate(dispatcher.wake)
  }

  const poller = startPoller({ name, brokers, groupId: consumerGroupId, topic, log, assigned, received })
  return { poller, idle: dispatcher.idle }
}
