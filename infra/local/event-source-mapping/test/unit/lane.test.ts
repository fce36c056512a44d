import { describe, expect, it } from 'vitest'
import { claim, dropWaiting, type Lane, type Lanes, type Owner, receive, release, settleTo, take } from '../../lane.ts'
import type { KafkaRecord } from '../../record.ts'

const limits = { records: 10, bytes: 1_000 }
const logEnd = 1_000

describe('a lane', () => {
  it('hands out its records in order, and once', () => {
    const { lane } = owned()
    receive(lane, records(0, 3), logEnd, limits, 0)
    receive(lane, records(3, 5), logEnd, limits, 0)

    expect(offsets(take(lane, 2, limits, 0))).toEqual([0, 1])
    expect(offsets(take(lane, 9, limits, 0))).toEqual([2, 3, 4])
  })

  it('does not take in again what waits or is in flight, when a rebalance makes it be fetched again', () => {
    const { lane } = owned()
    receive(lane, records(0, 6), logEnd, limits, 0)
    take(lane, 4, limits, 0)
    receive(lane, records(0, 8), logEnd, limits, 0)
    expect(offsets(lane.waiting)).toEqual([4, 5, 6, 7])

    dropWaiting(lane)
    receive(lane, records(0, 8), logEnd, limits, 0)
    expect(offsets(lane.waiting)).toEqual([4, 5, 6, 7])
  })

  it('does not take in again what is settled but not committed yet', () => {
    const { lane } = owned()
    receive(lane, records(0, 4), logEnd, limits, 0)
    finish(lane, take(lane, 4, limits, 0))

    receive(lane, records(0, 6), logEnd, limits, 0)
    expect(offsets(lane.waiting)).toEqual([4, 5])
  })

  it('keeps what it has in hand when it moves to another poller of the process', () => {
    const { lanes, lane } = owned()
    receive(lane, records(0, 6), logEnd, limits, 0)
    take(lane, 2, limits, 0)

    const bob = owner()
    claim(lanes, lane.partition, bob)
    receive(lane, records(0, 8), logEnd, limits, 0)

    expect(offsets(lane.waiting)).toEqual([2, 3, 4, 5, 6, 7])
    settleTo(lane, 2)
    expect(bob.commits).toEqual([2])
  })

  it('commits again what is handed out again though it is settled', () => {
    const { lanes, lane } = owned()
    receive(lane, records(0, 4), logEnd, limits, 0)
    finish(lane, take(lane, 4, limits, 0))

    const bob = owner()
    release(lane)
    claim(lanes, lane.partition, bob)
    expect(bob.commits).toEqual([])
    receive(lane, records(2, 6), logEnd, limits, 0)
    expect(bob.commits).toEqual([4])
    receive(lane, records(6, 7), logEnd, limits, 0)
    expect(bob.commits).toEqual([4])
  })

  it('commits nothing of a partition that was taken away', () => {
    const { lane, ada } = owned()
    receive(lane, records(0, 4), logEnd, limits, 0)
    take(lane, 2, limits, 0)
    release(lane)
    settleTo(lane, 2)

    expect(ada.commits).toEqual([])
    expect(lane.waiting).toEqual([])
  })

  it('never commits backwards', () => {
    const { lane, ada } = owned()
    settleTo(lane, 5)
    settleTo(lane, 5)
    settleTo(lane, 3)
    expect(ada.commits).toEqual([5])
  })

  it('begins anew when the topic was made anew', () => {
    const { lane } = owned()
    settleTo(lane, 500)
    receive(lane, records(0, 2), 2, limits, 0)
    expect(offsets(lane.waiting)).toEqual([0, 1])
  })

  it('pauses its partition when too many records wait, and resumes when half of them are gone', () => {
    const { lane, ada } = owned()
    receive(lane, records(0, 9), logEnd, limits, 0)
    expect(ada.isPaused).toBe(false)
    receive(lane, records(9, 10), logEnd, limits, 0)
    expect(ada.isPaused).toBe(true)
    take(lane, 4, limits, 0)
    expect(ada.isPaused).toBe(true)
    take(lane, 1, limits, 0)
    expect(ada.isPaused).toBe(false)
  })

  it('pauses its partition when too many bytes wait', () => {
    const { lane, ada } = owned()
    receive(lane, records(0, 2, 600), logEnd, limits, 0)
    expect(ada.isPaused).toBe(true)
    take(lane, 1, limits, 0)
    expect(ada.isPaused).toBe(true)
    take(lane, 1, limits, 0)
    expect(ada.isPaused).toBe(false)
  })

  it('stays paused under its next poller, and is resumed there', () => {
    const { lanes, lane } = owned()
    receive(lane, records(0, 10), logEnd, limits, 0)
    const bob = owner()
    claim(lanes, lane.partition, bob)
    expect(bob.isPaused).toBe(true)
    dropWaiting(lane)
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

function owned(): { lanes: Lanes; lane: Lane; ada: TestOwner } {
  const lanes: Lanes = new Map()
  const ada = owner()
  return { lanes, lane: claim(lanes, 0, ada), ada }
}

function finish(lane: Lane, taken: readonly KafkaRecord[]): void {
  lane.inFlightUntil = undefined
  settleTo(lane, (taken.at(-1)?.offset ?? -1) + 1)
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
