/** Messages in a closed loop, as many as go through, and in an open loop, at a steady rate. */
import { setTimeout as sleep } from 'node:timers/promises'
import { percentiles, resultOf } from './figures.ts'
import {
  connectPeople,
  type Form,
  judge,
  type Latencies,
  type People,
  sendNext,
  takeLatencies,
  untilReceived,
} from './people.ts'
import { startMeter } from './processes.ts'
import type { Result } from './result.ts'
import type { Target } from './testbed.ts'

interface Loop extends Form {
  pairs: number
  seconds: number
  warmUpSeconds: number
}

export interface ClosedLoop extends Loop {
  /** Messages of a pair on their way at any time, half of them from each side. */
  inFlight: number
}

export interface OpenLoop extends Loop {
  perSecond: number
}

/**
 * A sender's next message goes out when its recipient has one or, with acks, when it is acknowledged. Messages count that
 * arrived after the warm-up; `observe` is called when that is over.
 */
export async function closedLoop(target: Target, setting: ClosedLoop, observe?: () => void): Promise<Result> {
  const { pairs, batch, acks, inFlight, seconds, warmUpSeconds } = setting
  let isOpen = true
  const people = await connectPeople(target, { pairs, batch, acks }, (speaker) => {
    if (isOpen) sendNext(people, speaker)
  })
  for (const speaker of people.speakers) for (let each = 0; each < inFlight / 2; each++) sendNext(people, speaker)
  await sleep(warmUpSeconds * 1000)

  const meter = await startMeter(target)
  const before = { ...people.counts }
  takeLatencies(people)
  observe?.()
  await sleep(seconds * 1000)
  const stopped = meter.stop()
  const operations = people.counts.received - before.received
  const posts = people.counts.posts - before.posts
  const latencies = takeLatencies(people)
  const usage = await stopped
  isOpen = false

  const findings = await judge(target, people)
  people.close()
  return resultOf({
    workload: 'closed loop',
    setting: { pairs, inFlight, batch, acks },
    operations,
    usage,
    latencies: latencies.received,
    posts,
    findings,
    more: ownFigures(people, latencies),
  })
}

/**
 * Each message is sent when it is due, whatever became of the one before. A latency runs from the sender's socket to the
 * recipient's, on one clock. `observe` is called when the warm-up is over.
 */
export async function openLoop(target: Target, setting: OpenLoop, observe?: () => void): Promise<Result> {
  const { pairs, batch, acks, perSecond, seconds, warmUpSeconds } = setting
  const people = await connectPeople(target, { pairs, batch, acks })
  await pace(people, perSecond, warmUpSeconds)
  await untilReceived(people)

  const meter = await startMeter(target)
  const posts = people.counts.posts
  takeLatencies(people)
  observe?.()
  const late = await pace(people, perSecond, seconds)
  const usage = await meter.stop()

  const findings = await judge(target, people)
  const latencies = takeLatencies(people)
  people.close()
  return resultOf({
    workload: 'open loop',
    setting: { pairs, perSecond, batch, acks },
    operations: late.length,
    usage,
    latencies: latencies.received,
    posts: people.counts.posts - posts,
    findings,
    // How far the load itself was behind: a message sent late says nothing of the server.
    more: { 'sent late p99 ms': percentiles(late).p99, ...ownFigures(people, latencies) },
  })
}

/** The speakers take turns. @returns by how many milliseconds each message was late. */
export async function pace(people: People, perSecond: number, seconds: number): Promise<number[]> {
  const { speakers } = people
  const late: number[] = []
  const start = performance.now()
  for (let index = 0; index < perSecond * seconds; index++) {
    const due = start + (index * 1000) / perSecond
    const wait = due - performance.now()
    if (wait > 0) await sleep(wait)
    late.push(performance.now() - due)
    const speaker = speakers[index % speakers.length]
    if (speaker) sendNext(people, speaker)
  }
  return late
}

/** Acknowledgements and refusals, if there were any. */
function ownFigures({ counts: { refused } }: People, { acked }: Latencies): Record<string, number> {
  const { p50, p99 } = percentiles(acked)
  return { ...(acked.length > 0 && { 'ack p50 ms': p50, 'ack p99 ms': p99 }), ...(refused && { refused }) }
}
