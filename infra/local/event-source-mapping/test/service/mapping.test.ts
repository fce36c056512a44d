// The pollers against a real Kafka, with a small HTTP server in the place of the function.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  base64,
  close,
  committed,
  type Event,
  holds,
  type Lambda,
  makeLambda,
  makeTopic,
  members,
  offsets,
  open,
  patience,
  send,
  stop,
  stopAll,
} from './testbed.ts'

/** As the pollers have it: a member that is silent for longer loses its partitions. */
const sessionTimeoutMs = 6_000

beforeAll(open)
afterEach(stopAll)
afterAll(close)

describe('the event source mapping', () => {
  it('hands out every record once, and those of a partition in order', async () => {
    const { topic, lambda } = await testbed(3)
    lambda.answer = () => new Promise((resolve) => setTimeout(resolve, 20))
    await lambda.map({ batchSize: 7 })
    const sent = Array.from({ length: 90 }, (_, index) => index)
    for (const index of sent) await send(topic, index % 3, `${index}`)

    await committed(topic, { 0: 30, 1: 30, 2: 30 })
    for (const partition of [0, 1, 2]) {
      expect(lambda.values(partition)).toEqual(sent.filter((index) => index % 3 === partition).map(String))
    }
    for (const { records } of lambda.events) expect(Object.keys(records)).toHaveLength(1)
  })

  it('hands several partitions of one poller over in one event', async () => {
    const { topic, lambda } = await testbed(3)
    for (const partition of [0, 1, 2]) await send(topic, partition, 'a', 'b')
    await lambda.map({ pollers: 1 })

    await committed(topic, { 0: 2, 1: 2, 2: 2 })
    expect(lambda.events).toHaveLength(1)
    expect(lambda.values()).toHaveLength(6)
  })

  it('ends an event at the batch size, across its partitions', async () => {
    const { topic, lambda } = await testbed(3)
    for (const partition of [0, 1, 2]) await send(topic, partition, 'a', 'b')
    await lambda.map({ pollers: 1, batchSize: 5 })

    await committed(topic, { 0: 2, 1: 2, 2: 2 })
    expect(lambda.events.map(({ records }) => Object.values(records).flat().length)).toEqual([5, 1])
  })

  it('waits for the batching window', async () => {
    const { topic, lambda } = await testbed(1)
    await lambda.map({ batchingWindowMs: 500 })
    const sentAt = Date.now()
    await send(topic, 0, 'a')
    await vi.waitFor(() => expect(lambda.values()).toEqual(['a']), patience)
    expect(Date.now() - sentAt).toBeGreaterThanOrEqual(500)
  })

  it('does not wait for the batching window when the batch is full', async () => {
    const { topic, lambda } = await testbed(1)
    await lambda.map({ batchSize: 3, batchingWindowMs: 60_000 })
    await send(topic, 0, 'a', 'b')
    await send(topic, 0, 'c')
    await committed(topic, { 0: 3 })
    expect(lambda.events).toHaveLength(1)
  })

  it('commits what a partial response leaves done, and brings the rest again', async () => {
    const { topic, lambda } = await testbed(2)
    for (const partition of [0, 1]) await send(topic, partition, 'a', 'b', 'c')
    const [held, release] = gate()
    const failure = { itemIdentifier: { partition: `${topic}-1`, offset: 1 } }
    lambda.answer = () => (lambda.events.length === 1 ? { batchItemFailures: [failure] } : held)
    await lambda.map({ pollers: 1, policy: { reportsItemFailures: true } })

    await vi.waitFor(() => expect(lambda.values(1)).toEqual(['a', 'b', 'c', 'b', 'c']), patience)
    await committed(topic, { 0: 3, 1: 1 })
    release()
    await committed(topic, { 0: 3, 1: 3 })
    expect(lambda.values(0)).toEqual(['a', 'b', 'c'])
  })

  it('brings a batch again whose function threw, and commits nothing of it before it succeeds', async () => {
    const { topic, lambda } = await testbed(1)
    await send(topic, 0, 'a', 'b')
    const seen: number[] = []
    lambda.answer = async () => {
      seen.push((await offsets(topic))[0] ?? -1)
      if (seen.length < 4) throw new Error('not yet')
    }
    await lambda.map({})

    await committed(topic, { 0: 2 })
    expect(lambda.values().join('')).toBe('abababab')
    expect(Math.max(...seen)).toBeLessThanOrEqual(0)
  })

  it('keeps its place in the group while a function takes longer than the session timeout', async () => {
    const { topic, lambda } = await testbed(1)
    const [held, release] = gate()
    lambda.answer = () => held
    await lambda.map({})
    await send(topic, 0, 'slow')
    await vi.waitFor(() => expect(lambda.values()).toEqual(['slow']), patience)
    const before = await members(topic)
    setTimeout(release, sessionTimeoutMs * 1.5)
    await send(topic, 0, 'next')

    await committed(topic, { 0: 2 })
    expect(await members(topic)).toEqual(before)
    expect(lambda.values()).toEqual(['slow', 'next'])
  })

  it('resumes exactly at the committed offset after a stop', async () => {
    const { topic, lambda } = await testbed(2)
    const [held, release] = gate()
    lambda.answer = (event) => (contains(event, 'held') ? held : undefined)
    const first = await lambda.map({ batchSize: 1 })
    await send(topic, 0, 'a', 'b', 'held', 'c')
    await send(topic, 1, 'd', 'e')
    await vi.waitFor(() => expect(lambda.values()).toHaveLength(5), patience)
    await stop(first, 100)
    expect(await offsets(topic)).toEqual({ 0: 2, 1: 2 })

    release()
    await lambda.map({ batchSize: 1 })
    await committed(topic, { 0: 4, 1: 2 })
    expect(lambda.values().slice(5)).toEqual(['held', 'c'])
  })

  it('lets a batch in flight finish when it stops, and commits it', async () => {
    const { topic, lambda } = await testbed(1)
    const [held, release] = gate()
    lambda.answer = (event) => (contains(event, 'b') ? held : undefined)
    const mapping = await lambda.map({ batchSize: 1 })
    await send(topic, 0, 'a', 'b')
    await vi.waitFor(() => expect(lambda.values()).toEqual(['a', 'b']), patience)
    const stopped = stop(mapping)
    release()
    await stopped
    expect(await offsets(topic)).toEqual({ 0: 2 })
  })

  it('goes on with the other partitions of a poller while one is stuck', async () => {
    const { topic, lambda } = await testbed(2)
    lambda.answer = (event) => {
      if (holds(event, 0)) throw new Error('stuck')
    }
    await lambda.map({ pollers: 1 })
    await send(topic, 0, 'stuck')
    await vi.waitFor(() => expect(lambda.values(0).length).toBeGreaterThan(1), patience)
    for (let index = 0; index < 20; index += 1) await send(topic, 1, `${index}`)

    await committed(topic, { 1: 20 })
    expect(lambda.values(1)).toHaveLength(20)
    lambda.answer = () => undefined
    await committed(topic, { 0: 1 })
  })

  it('commits nothing of a partition that another member of the group has taken over', async () => {
    const { topic, lambda } = await testbed(2)
    const other = await makeLambda(topic)
    const [held, release] = gate()
    const [otherHeld, otherRelease] = gate()
    lambda.answer = () => held
    other.answer = () => otherHeld
    await lambda.map({})
    for (const partition of [0, 1]) await send(topic, partition, 'a')
    await vi.waitFor(() => expect(lambda.values()).toHaveLength(2), patience)

    void other.map({}).catch(() => undefined)
    await vi.waitFor(() => expect(other.events).toHaveLength(1), patience)
    const moved = holds(other.events[0], 0) ? 0 : 1
    release()
    await committed(topic, { [1 - moved]: 1, [moved]: -1 })
    otherRelease()
    await committed(topic, { 0: 1, 1: 1 })
  })

  it('sends a record that is given up to the on-failure topic, under its key, and goes on', async () => {
    const { topic, lambda } = await testbed(1)
    const dead = await testbed(1)
    lambda.answer = (event) => {
      if (contains(event, 'poison')) throw new Error('poisoned')
    }
    await send(topic, 0, 'a', 'poison', 'b')
    await lambda.map({ destinationTopic: dead.topic, policy: { bisectsOnError: true, maximumRetryAttempts: 1 } })
    await dead.lambda.map({})

    await committed(topic, { 0: 3 })
    await committed(dead.topic, { 0: 1 })
    const [buried] = dead.lambda.events.flatMap(({ records }) => Object.values(records).flat())
    expect(buried?.key).toBe(base64('key of poison'))
    expect(JSON.parse(dead.lambda.values()[0] ?? '')).toMatchObject({
      requestContext: { condition: 'RetriesExhausted' },
      payload: { records: { [`${topic}-0`]: [{ offset: 1, value: base64('poison') }] } },
    })
  })

  it('starts at the beginning when the group has committed nothing', async () => {
    const { topic, lambda } = await testbed(1)
    await send(topic, 0, 'old')
    await lambda.map({})
    await send(topic, 0, 'new')
    await committed(topic, { 0: 2 })
    expect(lambda.values()).toEqual(['old', 'new'])
  })
})

/** A topic and the function that will read it. */
async function testbed(partitions: number): Promise<{ topic: string; lambda: Lambda }> {
  const topic = await makeTopic(partitions)
  return { topic, lambda: await makeLambda(topic) }
}

/** A promise to hold a function with, and what releases it. */
function gate(): [Promise<void>, () => void] {
  const { promise, resolve } = Promise.withResolvers<void>()
  return [promise, resolve]
}

function contains({ records }: Event, value: string): boolean {
  return Object.values(records).some((group) => group.some((record) => record.value === base64(value)))
}
