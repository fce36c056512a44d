import { describe, expect, it, vi } from 'vitest'
import { createCommitter } from '../../commit.ts'
import type { MappingDefinition } from '../../definition.ts'
import { createDispatcher, waitingLimits } from '../../dispatch.ts'
import {
  claim,
  type Owner,
  type PartitionQueue,
  type PartitionQueues,
  receive,
  release,
} from '../../partition-queue.ts'
import type { KafkaRecord } from '../../record.ts'
import type { Outcome } from '../../retry.ts'

const ok: Outcome = { kind: 'returned', payload: 'null' }
const failed: Outcome = { kind: 'function-error', error: 'thrown' }

describe('a dispatcher', () => {
  it('has one batch of a partition under way, and sends what came meanwhile as the next', async () => {
    const { queue, fetch, invocations } = testbed(1)
    fetch(queue(0), 0, 2)
    fetch(queue(0), 2, 5)
    expect(invocations.map(({ offsets }) => offsets)).toEqual([['0@0', '0@1']])
    invocations[0]?.answer(ok)
    await vi.waitFor(() => expect(invocations[1]?.offsets).toEqual(['0@2', '0@3', '0@4']))
  })

  it('begins no sixth batch while five invocations are under way', async () => {
    const { queue, fetch, invocations } = testbed(7)
    for (let partition = 0; partition < 7; partition += 1) fetch(queue(partition), 0, 1)
    expect(invocations).toHaveLength(5)
    invocations[0]?.answer(ok)
    await vi.waitFor(() => expect(invocations).toHaveLength(6))
  })

  it('begins another batch while five wait for their next attempt', async () => {
    const { queue, fetch, invocations } = testbed(6)
    for (let partition = 0; partition < 5; partition += 1) fetch(queue(partition), 0, 1)
    for (const { answer } of invocations) answer(failed)
    fetch(queue(5), 0, 1)
    await vi.waitFor(() => expect(invocations.map(({ offsets }) => offsets)).toContainEqual(['5@0']))
  })

  it('frees a partition that is done while others of its batch come again', async () => {
    const { queue, fetch, invocations, commits, dispatcher } = testbed(2, { reportsItemFailures: true })
    fetch(queue(0), 0, 2, queue(1))
    expect(invocations[0]?.offsets).toEqual(['0@0', '0@1', '1@0', '1@1'])
    invocations[0]?.answer({ kind: 'returned', payload: JSON.stringify(failureOf('orders-1', 1)) })
    await vi.waitFor(() => expect(commits).toEqual(['0@2', '1@1']))

    fetch(queue(0), 2, 3)
    dispatcher.wake()
    await vi.waitFor(() => expect(invocations.map(({ offsets }) => offsets)).toContainEqual(['0@2']))
    await vi.waitFor(() => expect(invocations.map(({ offsets }) => offsets)).toContainEqual(['1@1']))
  })

  it('neither sends again nor commits what failed in a partition that was taken away', async () => {
    const { queue, fetch, invocations, commits, dispatcher } = testbed(2)
    fetch(queue(0), 0, 1, queue(1))
    release(queue(1))
    invocations[0]?.answer(failed)
    await vi.waitFor(() => expect(invocations[1]?.offsets).toEqual(['0@0']))
    invocations[1]?.answer(ok)
    await dispatcher.idle()
    expect(commits).toEqual(['0@1'])
  })

  it('sends again, and does not commit early, what it gave away and got back', async () => {
    const { queue, queues, owner, fetch, invocations, commits, dispatcher } = testbed(2)
    fetch(queue(0), 0, 1, queue(1))
    release(queue(1))
    invocations[0]?.answer(failed)
    await vi.waitFor(() => expect(invocations).toHaveLength(2))
    claim(queues, 1, owner)
    fetch(queue(1), 0, 1)
    await vi.waitFor(() => expect(invocations[2]?.offsets).toEqual(['1@0']))
    invocations[1]?.answer(ok)
    await vi.waitFor(() => expect(commits).toEqual(['0@1']))
    invocations[2]?.answer(ok)
    await dispatcher.idle()
    expect(commits).toEqual(['0@1', '1@1'])
  })

  it('loses nothing when invoking itself throws', async () => {
    const { queue, fetch, invocations, commits, dispatcher } = testbed(1)
    fetch(queue(0), 0, 2)
    invocations[0]?.break(new Error('a mistake of ours'))
    await vi.waitFor(() => expect(invocations[1]?.offsets).toEqual(['0@0', '0@1']))
    invocations[1]?.answer(ok)
    await dispatcher.idle()
    expect(commits).toEqual(['0@2'])
  })

  it('ends its waiting for the next attempt when it stops, and leaves the rest', async () => {
    const { queue, fetch, invocations, commits, dispatcher, stopping } = testbed(1)
    fetch(queue(0), 5, 7)
    invocations[0]?.answer(failed)
    await vi.waitFor(() => expect(commits).toEqual(['0@5']), { interval: 1 })
    stopping.abort()
    // Less than the shortest waiting.
    const elapsed = new Promise((resolve) => setTimeout(resolve, 25, 'waiting'))
    expect(await Promise.race([dispatcher.idle(), elapsed])).toBeUndefined()
    expect(invocations).toHaveLength(1)
    expect(commits).toEqual(['0@5'])
  })
})

describe('a committer', () => {
  it('commits at once, and while that is under way keeps only the newest', async () => {
    const sent: string[][] = []
    const first = Promise.withResolvers<void>()
    const committer = createCommitter(async (offsets) => {
      sent.push([...offsets].map(([partition, offset]) => `${partition}@${offset}`))
      if (sent.length === 1) await first.promise
    })
    committer.commit(0, 1)
    for (let offset = 2; offset < 100; offset += 1) committer.commit(0, offset)
    committer.commit(1, 7)
    expect(sent).toEqual([['0@1']])
    first.resolve()
    await committer.flush()
    expect(sent).toEqual([['0@1'], ['0@99', '1@7']])
  })

  it('tries a failed commit again until it succeeds', async () => {
    let attempts = 0
    const committer = createCommitter(async () => {
      attempts += 1
      if (attempts < 3) throw new Error('not in the group')
    })
    committer.commit(0, 1)
    await committer.flush()
    expect(attempts).toBe(3)
  })

  it('forgets what belongs to others now', async () => {
    const sent: number[] = []
    const committer = createCommitter(async (offsets) => {
      sent.push(...offsets.keys())
      if (sent.length === 2) throw new Error('rebalancing')
    })
    committer.commit(0, 1)
    committer.commit(1, 1)
    await vi.waitFor(() => expect(sent).toEqual([0, 1]))
    committer.keepOnly([1])
    await committer.flush()
    expect(sent).toEqual([0, 1, 1])
  })
})

type Invocation = { readonly offsets: string[]; answer(outcome: Outcome): void; break(error: Error): void }

/** A dispatcher of so many partitions, whose invocations are answered by hand. */
function testbed(partitions: number, policy: Partial<MappingDefinition['policy']> = {}) {
  const queues: PartitionQueues = new Map()
  const invocations: Invocation[] = []
  const commits: string[] = []
  const stopping = new AbortController()
  const definition = define(policy)
  const owner: Owner = {
    wake: () => dispatcher.wake(),
    commit: (partition, offset) => void commits.push(`${partition}@${offset}`),
    pause: () => undefined,
    resume: () => undefined,
  }
  const dispatcher = createDispatcher(owner, {
    definition,
    source: { eventSourceArn: 'arn', bootstrapServers: 'b:9092' },
    queues,
    invoke: (event) => {
      const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
      const records: Record<string, { partition: number; offset: number }[]> = JSON.parse(event).records
      const offsets = Object.values(records).flatMap((group) => group.map((each) => `${each.partition}@${each.offset}`))
      invocations.push({ offsets, answer: resolve, break: reject })
      return promise
    },
    destination: { send: async () => undefined, close: async () => undefined },
    log: { info: () => undefined, warn: () => undefined },
    stopping: stopping.signal,
    abandoning: new AbortController().signal,
  })
  for (let partition = 0; partition < partitions; partition += 1) claim(queues, partition, owner)
  const queue = (partition: number): PartitionQueue => queues.get(partition) ?? claim(queues, partition, owner)

  /** What one fetch brings: the same offsets for each queue. */
  function fetch(first: PartitionQueue, from: number, to: number, ...others: PartitionQueue[]): void {
    for (const each of [first, ...others])
      receive(each, records(each.partition, from, to), 1_000, waitingLimits(definition), 0)
    dispatcher.wake()
  }

  return { queues, queue, owner, dispatcher, fetch, invocations, commits, stopping }
}

function records(partition: number, from: number, to: number): KafkaRecord[] {
  return Array.from({ length: to - from }, (_, index) => {
    const offset = from + index
    const json = JSON.stringify({ partition, offset })
    return { topic: 'orders', partition, offset, timestamp: 0, key: null, json, bytes: json.length }
  })
}

function failureOf(partition: string, offset: number): object {
  return { batchItemFailures: [{ itemIdentifier: { partition, offset } }] }
}

function define(policy: Partial<MappingDefinition['policy']>): MappingDefinition {
  const infinite = Number.POSITIVE_INFINITY
  return {
    functionName: 'persist',
    functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:persist:$LATEST',
    functionTimeoutMs: 1_000,
    eventSourceArn: 'arn',
    topic: 'orders',
    consumerGroupId: 'persist',
    batchSize: 100,
    batchingWindowMs: 0,
    pollers: infinite,
    policy: {
      reportsItemFailures: false,
      maximumRetryAttempts: infinite,
      maximumRecordAgeMs: infinite,
      bisectsOnError: false,
      ...policy,
    },
    destinationTopic: undefined,
  }
}
