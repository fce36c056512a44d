/** One fault, struck again and again while people talk; then the verdict. */
import { setTimeout as sleep } from 'node:timers/promises'
import { check } from './checker.ts'
import type { Finding } from './finding.ts'
import type { Random } from './random.ts'
import type { Outage } from './recording.ts'
import type { Stage } from './stage.ts'
import { readStored } from './stored.ts'
import { createWorkload, type Workload } from './workload.ts'

/** What a fault may do and tell while it is injected. */
export interface Strike {
  stage: Stage
  workload: Workload
  random: Random
  /** Counts: the fault has really happened. */
  struck(): void
  /** The dependency accepts connections again: from here on recovery is measured. */
  recovered(): void
  /** While the dependency is away, frames are refused in time, or taken. */
  during<T>(frames: Outage['frames'], work: () => Promise<T>): Promise<T>
}

export interface Fault {
  name: string
  /** It strikes processes of the servers: those have to be our own. */
  needsServers?: boolean
  /** Injects the fault once. */
  inject(strike: Strike): Promise<void>
  /** Between the end of one injection and the next, ms. */
  pauseMs: number
  /** What it needs in place of the run's own numbers. */
  setting?: Partial<Pick<EpisodeOptions, 'people' | 'perSecond' | 'messages' | 'strikes' | 'heartbeatMs'>>
  /** Takes the fault away, when it is one that lasts beyond the last message. */
  calm?(stage: Stage): void
}

export interface Row {
  fault: string
  struck: number
  messages: number
  connects: number
  /** Frames sent while a dependency was away. */
  duringOutages: number
  /** The longest time from a dependency's return to the next acknowledgement, seconds. */
  recoverySeconds: number | undefined
  findings: Finding[]
}

export interface EpisodeOptions {
  stage: Stage
  random: Random
  people: number
  perSecond: number
  /** New messages to send; the episode goes on until the fault has struck as often as it must, too. */
  messages: number
  strikes: number
  label: string
  /** How many of the messages carry no id of their client, from 0 to 1. */
  unnamedShare?: number
  /** Between two heartbeats of a device. */
  heartbeatMs?: number
  /** How long what is unanswered is sent on before it is given up. */
  settleMs?: number
}

const recoverWithinMs = 10_000
const defaultSettleMs = 45_000

export async function runEpisode(fault: Fault, options: EpisodeOptions): Promise<Row> {
  const {
    stage,
    people,
    perSecond,
    messages,
    strikes,
    settleMs = defaultSettleMs,
    ...rest
  } = {
    ...options,
    ...fault.setting,
  }
  const { random } = rest
  const workload = await createWorkload({ ...rest, base: () => stage.url, mysqlUrl: stage.mysqlUrl, people, perSecond })
  const { recording } = workload
  const recoveries: number[] = []
  const deathsBefore = stage.deaths()
  let struck = 0

  const strike: Strike = {
    stage,
    workload,
    random,
    struck: () => {
      struck += 1
    },
    recovered: () => void recoveries.push(Date.now()),
    async during(frames, work) {
      const outage: Outage = { from: Date.now() + 50, to: Infinity, frames }
      recording.outages.push(outage)
      try {
        return await work()
      } finally {
        outage.to = Date.now()
      }
    },
  }

  try {
    await until(() => workload.connects() >= people, 10_000)
    workload.begin()
    await sleep(700)
    // Even a fault that never strikes comes to an end.
    const deadline = Date.now() + 60_000 + (messages / perSecond) * 3_000
    for (let injected = 0; Date.now() < deadline; injected++) {
      if (workload.count() >= messages && injected >= strikes) break
      // Once is enough to fail.
      if (stage.deaths() > deathsBefore) break
      if (injected > 0 && injected >= strikes && fault.pauseMs === 0) await sleep(100)
      else {
        await fault.inject(strike)
        // The next strike must not hide how long this one lasts.
        const back = recoveries.at(-1)
        if (back !== undefined) await until(() => lastAcknowledged(workload) >= back, 30_000)
        await sleep(fault.pauseMs)
      }
    }
    workload.rest()
    if (fault.calm) {
      // The last messages meet the fault, too: nothing comes after them that could show what was missed.
      await sleep(2_500)
      fault.calm(stage)
    }
    await workload.settle(settleMs)
    const stored = await readStored(stage.mysqlUrl, recording.conversations)
    const { seconds, late } = recoveryOf(recoveries, workload)
    for (let deaths = deathsBefore; deaths < stage.deaths(); deaths++) {
      recording.offences.push("the functions' process ended by itself")
    }
    const findings = [...check(recording, stored), ...late]
    return {
      fault: fault.name,
      struck,
      messages: workload.count(),
      connects: workload.connects(),
      duringOutages: countDuring(workload),
      recoverySeconds: seconds,
      findings,
    }
  } finally {
    fault.calm?.(stage)
    workload.stop()
  }
}

/** From each return of a dependency to the next acknowledgement that any client got. */
function recoveryOf(
  recoveries: readonly number[],
  { recording }: Workload,
): { seconds: number | undefined; late: Finding[] } {
  const acknowledged = recording.sent
    .flatMap(({ answers }) => answers.flatMap((answer) => (answer.kind === 'stored' ? [answer.at] : [])))
    .sort((a, b) => a - b)
  const waits = recoveries.map((from) => (acknowledged.find((at) => at >= from) ?? Infinity) - from)
  if (waits.length === 0) return { seconds: undefined, late: [] }
  const late = waits
    .filter((wait) => wait > recoverWithinMs)
    .map(
      (wait): Finding => ({
        kind: 'slow recovery',
        detail: `the first acknowledgement came ${wait} ms after recovery`,
      }),
    )
  return { seconds: Math.max(...waits) / 1000, late }
}

function countDuring({ recording: { sent, outages } }: Workload): number {
  const times = sent.flatMap(({ attempts }) => attempts.map(({ at }) => at))
  return times.filter((at) => outages.some(({ from, to }) => at >= from && at <= to)).length
}

function lastAcknowledged({ recording }: Workload): number {
  const last = recording.sent.slice(-2_000).flatMap(({ answers }) => answers.filter(({ kind }) => kind === 'stored'))
  return last.reduce((latest, { at }) => Math.max(latest, at), 0)
}

export async function until(isTrue: () => boolean, timeoutMs: number): Promise<boolean> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(10)) if (isTrue()) return true
  return isTrue()
}
