import { describe, expect, it } from 'vitest'
import {
  claim,
  commitOffset,
  dropWaiting,
  type Owner,
  type PartitionQueue,
  type PartitionQueues,
  receive,
  release,
  take,
} from '../../partition-queue.ts'
import type { KafkaRecord } from '../../record.ts'

const limits = { records: 10, bytes: 1_000 }
const logEnd = 1_000

describe('a partition queue', () => {
  it('hands out its records in order, and once', () => {
    const { queue } = owned()
    receive(queue, records(0, 3), logEnd, limits, 0)
    receive(queue, records(3, 5), logEnd, limits, 0)

    expect(offsets(take(queue, 2, limits, 0))).toEqual([0, 1])
    expect(offsets(take(queue, 9, limits, 0))).toEqual([2, 3, 4])
  })

  it('does not take in again what waits or is in flight, when a rebalance makes it be fetched again', () => {
    const { queue } = owned()
    receive(queue, records(0, 6), logEnd, limits, 0)
    take(queue, 4, limits, 0)
    receive(queue, records(0, 8), logEnd, limits, 0)
    expect(offsets(queue.waiting)).toEqual([4, 5, 6, 7])

    dropWaiting(queue)
    receive(queue, records(0, 8), logEnd, limits, 0)
    expect(offsets(queue.waiting)).toEqual([4, 5, 6, 7])
  })

  it('does not take in again what is done but not committed yet', () => {
    const { queue } = owned()
    receive(queue, records(0, 4), logEnd, limits, 0)
    finish(queue, take(queue, 4, limits, 0))

    receive(queue, records(0, 6), logEnd, limits, 0)
    expect(offsets(queue.waiting)).toEqual([4, 5])
  })

  it('keeps what it has in hand when it moves to another poller of the process', () => {
    const { queues, queue } = owned()
    receive(queue, records(0, 6), logEnd, limits, 0)
    take(queue, 2, limits, 0)

    const bob = owner()
    claim(queues, queue.partition, bob)
    receive(queue, records(0, 8), logEnd, limits, 0)

    expect(offsets(queue.waiting)).toEqual([2, 3, 4, 5, 6, 7])
    commitOffset(queue, 2)
    expect(bob.commits).toEqual([2])
  })

  it('commits again what is handed out again though it is done', () => {
    const { queues, queue } = owned()
    receive(queue, records(0, 4), logEnd, limits, 0)
    finish(queue, take(queue, 4, limits, 0))

    const bob = owner()
    release(queue)
    claim(queues, queue.partition, bob)
    expect(bob.commits).toEqual([])
    receive(queue, records(2, 6), logEnd, limits, 0)
    expect(bob.commits).toEqual([4])
    receive(queue, records(6, 7), logEnd, limits, 0)
    expect(bob.commits).toEqual([4])
  })

  it('commits nothing of a partition that was taken away', () => {
    const { queue, ada } = owned()
    receive(queue, records(0, 4), logEnd, limits, 0)
    take(queue, 2, limits, 0)
    release(queue)
    commitOffset(queue, 2)

    expect(ada.commits).toEqual([])
    expect(queue.waiting).toEqual([])
  })

  it('never commits backwards', () => {
    const { queue, ada } = owned()
    commitOffset(queue, 5)
    commitOffset(queue, 5)
    commitOffset(queue, 3)
    expect(ada.commits).toEqual([5])
  })

  it('starts again when the topic was deleted and made again', () => {
    const { queue } = owned()
    commitOffset(queue, 500)
    receive(queue, records(0, 2), 2, limits, 0)
    expect(offsets(queue.waiting)).toEqual([0, 1])
  })

  it('pauses its partition when too many records wait, and resumes when half of them are gone', () => {
    const { queue, ada } = owned()
    receive(queue, records(0, 9), logEnd, limits, 0)
    expect(ada.isPaused).toBe(false)
    receive(queue, records(9, 10), logEnd, limits, 0)
    expect(ada.isPaused).toBe(true)
    take(queue, 4, limits, 0)
    expect(ada.isPaused).toBe(true)
    take(queue, 1, limits, 0)
    expect(ada.isPaused).toBe(false)
  })

  it('pauses its partition when too many bytes wait', () => {
    const { queue, ada } = owned()
    receive(queue, records(0, 2, 600), logEnd, limits, 0)
    expect(ada.isPaused).toBe(true)
    take(queue, 1, limits, 0)
    expect(ada.isPaused).toBe(true)
    take(queue, 1, limits, 0)
    expect(ada.isPaused).toBe(false)
  })

  it('stays paused under its next poller, and is resumed there', () => {
    const { queues, queue } = owned()
    receive(queue, records(0, 10), logEnd, limits, 0)
    const bob = owner()
    claim(queues, queue.partition, bob)
    expect(bob.isPaused).toBe(true)
    dropWaiting(queue)
    expect(bob.isPaused).toBe(false)
  })
})

type TestOwner = Owner & { readonly commits: number[]; isPaused: boolean }

function owner(): TestOwner {
  const made: TestOwner = {
    commits: [],
    isPaused: false,
    wake: () => undefined,
    commit: (_partition, offset) => void made.commits.push(offset),
    pause: () => steer(true),
    resume: () => steer(false),
  }
  function steer(isPaused: boolean): void {
    made.isPaused = isPaused
  }
  return made
}

function owned(): { queues: PartitionQueues; queue: PartitionQueue; ada: TestOwner } {
  const queues: PartitionQueues = new Map()
  const ada = owner()
  return { queues, queue: claim(queues, 0, ada), ada }
}

function finish(queue: PartitionQueue, taken: readonly KafkaRecord[]): void {
  queue.inFlightUntil = undefined
  commitOffset(queue, (taken.at(-1)?.offset ?? -1) + 1)
}

function records(from: number, to: number, bytes = 10): KafkaRecord[] {
  return Array.from({ length: to - from }, (_, index) => ({
    topic: 'orders',
    partition: 0,
    offset: from + index,
    timestamp: 0,
    key: null,
    json: '{}',
    bytes,
  }))
}

function offsets(of: readonly KafkaRecord[]): number[] {
  return of.map(({ offset }) => offset)
}
