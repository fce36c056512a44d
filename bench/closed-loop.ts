/** As many messages as go through: a sender's next frame goes out when its recipient has one, or when it is acknowledged. */
import { setTimeout as sleep } from 'node:timers/promises'
import { gather, judge, type Manner, type Speaker, say, untilHeard } from './crowd.ts'
import { ackFigures, resultOf } from './figures.ts'
import { startMeter } from './processes.ts'
import type { Result } from './result.ts'
import type { Target } from './stage.ts'

export interface ClosedLoop extends Manner {
  /** Messages of a pair on their way at any time, half of them from each side. */
  inFlight: number
  seconds: number
  warmUpSeconds: number
}

/** Runs the workload; what counts is what arrived after the warm-up. `observe` is called when that is over. */
export async function closedLoop(target: Target, setting: ClosedLoop, observe?: () => void): Promise<Result> {
  const { pairs, batch, acks, inFlight, seconds, warmUpSeconds } = setting
  let isOpen = true
  let latencies: number[] = []
  let ackLatencies: number[] = []
  const next = (speaker: Speaker): void => {
    if (isOpen) say(crowd, speaker)
  }
  const crowd = await gather(target, setting, {
    onHeard(speaker, latencyMs) {
      latencies.push(latencyMs)
      if (!acks) next(speaker)
    },
    onAcked(speaker, latencyMs) {
      ackLatencies.push(latencyMs)
      next(speaker)
    },
  })
  for (const speaker of crowd.speakers) for (let each = 0; each < inFlight / 2; each++) say(crowd, speaker)
  await sleep(warmUpSeconds * 1000)

  const meter = await startMeter(target)
  const before = { ...crowd.counts }
  latencies = []
  ackLatencies = []
  observe?.()
  await sleep(seconds * 1000)
  const stopped = meter.stop()
  const operations = crowd.counts.heard - before.heard
  const posts = crowd.counts.posts - before.posts
  const measured = { latencies, ackLatencies }
  latencies = []
  ackLatencies = []
  const usage = await stopped
  isOpen = false
  await untilHeard(crowd)

  const findings = await judge(target, crowd)
  crowd.close()
  return resultOf({
    workload: 'closed loop',
    setting: { pairs, inFlight, batch, acks },
    operations,
    usage,
    latencies: measured.latencies,
    posts,
    findings,
    more: { ...ackFigures(measured.ackLatencies), ...(crowd.counts.refused && { refused: crowd.counts.refused }) },
  })
}
