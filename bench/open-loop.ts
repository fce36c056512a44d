/** Messages at a steady rate: each is sent when it is due, whatever became of the one before. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Crowd, gather, judge, type Manner, say, untilHeard } from './crowd.ts'
import { ackFigures, percentiles, resultOf } from './figures.ts'
import { startMeter } from './processes.ts'
import type { Result } from './result.ts'
import type { Target } from './stage.ts'

export interface OpenLoop extends Manner {
  perSecond: number
  seconds: number
  warmUpSeconds: number
}

/**
 * Runs the workload. A latency runs from the sender's socket to the recipient's, on one clock. `observe` is called when
 * the warm-up is over.
 */
export async function openLoop(target: Target, setting: OpenLoop, observe?: () => void): Promise<Result> {
  const { pairs, batch, acks, perSecond, seconds, warmUpSeconds } = setting
  const latencies: number[] = []
  const ackLatencies: number[] = []
  const crowd = await gather(target, setting, {
    onHeard: (_speaker, latencyMs) => latencies.push(latencyMs),
    onAcked: (_speaker, latencyMs) => ackLatencies.push(latencyMs),
  })
  await pace(crowd, perSecond, warmUpSeconds)
  await untilHeard(crowd)
  latencies.length = 0
  ackLatencies.length = 0

  const meter = await startMeter(target)
  const posts = crowd.counts.posts
  observe?.()
  const late = await pace(crowd, perSecond, seconds)
  const usage = await meter.stop()
  await untilHeard(crowd)

  const findings = await judge(target, crowd)
  crowd.close()
  return resultOf({
    workload: 'open loop',
    setting: { pairs, perSecond, batch, acks },
    operations: late.length,
    usage,
    latencies,
    posts: crowd.counts.posts - posts,
    findings,
    // How far the load itself was behind: what is sent late is not a latency of the server.
    more: {
      ...ackFigures(ackLatencies),
      'sent late p99 ms': percentiles(late).p99,
      ...(crowd.counts.refused && { refused: crowd.counts.refused }),
    },
  })
}

// The speakers take turns. @returns by how many milliseconds each message was late.
async function pace(crowd: Crowd, perSecond: number, seconds: number): Promise<number[]> {
  const { speakers } = crowd
  const late: number[] = []
  const start = performance.now()
  for (let index = 0; index < perSecond * seconds; index++) {
    const due = start + (index * 1000) / perSecond
    const wait = due - performance.now()
    if (wait > 0) await sleep(wait)
    late.push(performance.now() - due)
    const speaker = speakers[index % speakers.length]
    if (speaker) say(crowd, speaker)
  }
  return late
}
