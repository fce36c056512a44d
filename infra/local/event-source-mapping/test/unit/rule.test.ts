// The specification of the event source mapping, as recorded events and answers, played through its pure parts.
import type { KafkaMessage } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { buildFailure } from '../../destination.ts'
import { buildEvent, countFitting, partitionKey, payloadLimitBytes } from '../../event.ts'
import { type KafkaRecord, toRecord } from '../../record.ts'
import { readResponse } from '../../response.ts'
import {
  advance,
  backoffMs,
  begin,
  type Condition,
  expire,
  firstOpenOffset,
  type Outcome,
  type RetryPolicy,
} from '../../retry.ts'
import events from '../fixtures/events.json' with { type: 'json' }
import failures from '../fixtures/failures.json' with { type: 'json' }
import responses from '../fixtures/responses.json' with { type: 'json' }
import retries from '../fixtures/retries.json' with { type: 'json' }

/** Offsets by partition, as the recordings name records: `{ "orders-0": [10, 11] }`. */
type Offsets = Readonly<Record<string, readonly number[] | undefined>>

/** Where the recorded events come from. Their records are of the topic `orders`, and without headers, unless they say more. */
const source = {
  eventSourceArn: 'arn:aws:kafka:us-east-1:123456789012:cluster/my-cluster/abcd1234-abcd-cafe-abab-9876543210ab-4',
  bootstrapServers:
    'b-2.my-cluster.a1bcde.c1.kafka.us-east-1.amazonaws.com:9092,b-1.my-cluster.a1bcde.c1.kafka.us-east-1.amazonaws.com:9092',
}

describe('an event', () => {
  it.each(events)('$title', ({ limits, records, event, waiting }) => {
    const fetched = records.map(record)
    const count = countFitting(source, fetched, limits ?? { batchSize: 100, maxBytes: payloadLimitBytes })

    expect(JSON.parse(buildEvent(source, fetched.slice(0, count)))).toEqual({
      eventSource: 'aws:kafka',
      ...source,
      ...event,
    })
    expect(fetched.slice(count).map(({ offset }) => offset)).toEqual(waiting)
  })

  it('of 6 MB fits to the byte into what the Invoke API takes', () => {
    const records = Array.from({ length: 400 }, (_, offset) => plain('big', offset % 3, offset, 'x'.repeat(20_000)))
    const inOrder = records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)
    const limits = { batchSize: 10_000, maxBytes: payloadLimitBytes }

    const count = countFitting(source, inOrder, limits)
    const bytes = Buffer.byteLength(buildEvent(source, inOrder.slice(0, count)))

    expect(bytes).toBeLessThanOrEqual(payloadLimitBytes)
    expect(countFitting(source, inOrder, { ...limits, maxBytes: bytes })).toBe(count)
    expect(countFitting(source, inOrder, { ...limits, maxBytes: bytes - 1 })).toBe(count - 1)
  })
})

describe('a response', () => {
  it.each(responses)('$title', ({ event, response, payload, again, isWholeBatchFailed }) => {
    const read = readResponse(recordsOf(event), payload ?? JSON.stringify(response))

    if (isWholeBatchFailed) expect(read).toMatchObject({ kind: 'malformed' })
    else if (Object.keys(again ?? {}).length === 0) expect(read).toEqual({ kind: 'complete' })
    else
      expect({ ...read, again: offsetsOf('again' in read ? read.again : []) }).toEqual({
        kind: 'partial',
        again,
      })
  })
})

describe('after a failure', () => {
  it.each(retries)('$title', (recording) => {
    const { policy, records, ageMs, elapsedMs, outcomes, invocations, discarded = [], open = [] } = recording
    const start = Date.UTC(2025, 5, 5)
    const limits: RetryPolicy = { ...unlimited, ...policy }
    const aged = recordsOf(records).map((each) => ({ ...each, timestamp: start - ageOf(each, ageMs) }))
    const seen: Offsets[] = []
    const givenUp: { condition: Condition; records: Offsets; invocations: number }[] = []
    const collect = (discards: ReturnType<typeof advance>['discarded']) => {
      for (const { records, answer: _, ...discard } of discards)
        givenUp.push({ ...discard, records: offsetsOf(records) })
    }

    let work = begin(aged)
    for (const [round, outcome] of [...outcomes, 'none'].entries()) {
      const fresh = expire(work, limits, start + round * (elapsedMs ?? 0))
      collect(fresh.discarded)
      work = fresh.work
      const next = work.attempts[0]
      if (!next || outcome === 'none') break
      seen.push(offsetsOf(next.records))
      const step = advance(work, limits, toOutcome(outcome))
      collect(step.discarded)
      work = step.work
    }

    expect(seen).toEqual(invocations)
    expect(givenUp).toEqual(discarded)
    const partitions = [...new Set(aged.map(({ partition }) => partition))]
    const firstOpen = partitions.map((partition) => ({ partition, offset: firstOpenOffset(work, partition) }))
    expect(firstOpen.filter(({ offset }) => offset !== undefined).map(nameOf)).toEqual(open)
  })

  it('waits from 50-100 ms, doubling, and never more than 5 s', () => {
    expect([1, 2, 3, 4].map((failures) => backoffMs(failures, 0))).toEqual([50, 100, 200, 400])
    expect([1, 2, 3, 4].map((failures) => backoffMs(failures, 1))).toEqual([100, 200, 400, 800])
    expect([7, 20, 10_000].map((failures) => backoffMs(failures, 1))).toEqual([5_000, 5_000, 5_000])
  })
})

describe('an on-failure destination receives', () => {
  it.each(failures)('$title', ({ record: given, discard, message, ...context }) => {
    const { condition, invocations, answer } = discard
    const known = { condition: condition as Condition, invocations, answer: answer as 'function-error' | undefined }

    expect(JSON.parse(buildFailure(record(given), known, context))).toEqual(message)
  })
})

const unlimited: RetryPolicy = {
  reportsItemFailures: false,
  maximumRetryAttempts: Number.POSITIVE_INFINITY,
  maximumRecordAgeMs: Number.POSITIVE_INFINITY,
  bisectsOnError: false,
}

/** A record as a recording gives it, its bytes in base64. */
type Sample = {
  topic?: string
  partition: number
  offset: number
  timestamp: number
  key?: string | null
  value?: string | null
  headers?: string[][]
}

function record({ topic = 'orders', partition, offset, timestamp, key, value, headers = [] }: Sample): KafkaRecord {
  const named = Map.groupBy(headers, ([name]) => name ?? '')
  const bytes = (text: string | null | undefined) => (typeof text === 'string' ? Buffer.from(text, 'base64') : null)
  return toRecord(topic, partition, {
    offset: String(offset),
    timestamp: String(timestamp),
    key: bytes(key),
    value: bytes(value),
    headers: Object.fromEntries(
      [...named].map(([name, values]) => [name, values.map(([, value]) => bytes(value) ?? '')]),
    ),
    attributes: 0,
  } satisfies KafkaMessage)
}

function plain(topic: string, partition: number, offset: number, value = 'value'): KafkaRecord {
  const text = Buffer.from(value).toString('base64')
  return record({ topic, partition, offset, timestamp: 1_749_116_692_330, key: null, value: text, headers: [] })
}

function recordsOf(offsets: Offsets): KafkaRecord[] {
  return Object.entries(offsets).flatMap(([key, listed]) => {
    const dash = key.lastIndexOf('-')
    return (listed ?? []).map((offset) => plain(key.slice(0, dash), Number(key.slice(dash + 1)), offset))
  })
}

function offsetsOf(records: readonly KafkaRecord[]): Offsets {
  const partitions = [...Map.groupBy(records, partitionKey)]
  return Object.fromEntries(partitions.map(([key, group]) => [key, group.map(({ offset }) => offset)]))
}

function nameOf({ partition, offset }: { partition: number; offset: number | undefined }): string {
  return `orders-${partition}@${offset}`
}

function ageOf(record: KafkaRecord, ages: Readonly<Record<string, number | undefined>> | undefined): number {
  return ages?.[nameOf(record)] ?? 0
}

/** The recordings say `ok`, `error`, `not-reached`, `too-large`, or what the function returned. */
function toOutcome(recorded: unknown): Outcome {
  if (recorded === 'ok') return { kind: 'returned', payload: 'null' }
  if (recorded === 'error') return { kind: 'function-error', error: 'thrown' }
  if (recorded === 'not-reached' || recorded === 'too-large') return { kind: recorded, error: recorded }
  return { kind: 'returned', payload: JSON.stringify(recorded) }
}
