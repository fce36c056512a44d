/** One fault, injected again and again while people talk; then the verdict. */
import { setTimeout as sleep } from 'node:timers/promises'
import { check } from './checker.ts'
import type { Fault, Injection, Setting } from './fault.ts'
import type { Finding } from './finding.ts'
import type { Random } from './random.ts'
import type { Outage } from './recording.ts'
import type { Stage } from './stage.ts'
import { ageFiles, readStored } from './stored.ts'
import { isGroup } from './target.ts'
import { until } from './until.ts'
import { createWorkload, type Workload } from './workload.ts'

export interface Row {
  fault: string
  /** How often the fault happened. */
  injected: number
  messages: number
  /** How many of the messages were acknowledged in groups. */
  inGroups: number
  connects: number
  /** How often a file came in the end to somebody who may have it. */
  files: number
  /** How many edits, recalls and reactions were acknowledged. */
  changes: number
  /** Frames sent while a dependency was away. */
  duringOutages: number
  /** The longest time from a dependency's return to the next acknowledgement, seconds. */
  recoverySeconds: number | undefined
  findings: Finding[]
}

export interface ScenarioOptions extends Setting {
  stage: Stage
  random: Random
  label: string
  /** How many of the messages carry no id of their client, from 0 to 1. */
  unnamedShare?: number
  /** How long unanswered messages are sent again, and files asked for again, before they are given up. */
  settleMs?: number
}

const defaultRecoveryMs = 10_000
// Who died while looking at a file holds it for 40 s.
const defaultSettleMs = 45_000

export async function runScenario(fault: Fault, given: ScenarioOptions): Promise<Row> {
  const options = { ...given, ...fault.setting }
  const { stage, people, settleMs = defaultSettleMs } = options
  const workload = await createWorkload({ ...options, base: () => stage.url, mysqlUrl: stage.mysqlUrl })
  const { recording } = workload
  const deathsBefore = stage.deaths()
  try {
    await until(() => workload.connects() >= people, 10_000)
    workload.begin()
    await sleep(700)
    const { injected, recoveries } = await injectAgain(fault, workload, options)
    workload.rest()
    if (fault.restore) {
      // The last messages are sent under the fault, too: no later message reveals that one was missed.
      await sleep(2_500)
      fault.restore(stage)
    }
    await workload.settle(settleMs)
    const files = await fetchOldFiles(stage, workload, settleMs)
    const stored = await readStored(stage.mysqlUrl, recording.conversations)
    for (let deaths = deathsBefore; deaths < stage.deaths(); deaths++) {
      recording.offences.push("the functions' process ended by itself")
    }
    const waits = waitsAfter(recoveries, workload)
    return {
      fault: fault.name,
      injected,
      messages: workload.count(),
      inGroups: countInGroups(workload),
      connects: workload.connects(),
      files,
      changes: workload.changes(),
      duringOutages: countDuring(workload),
      recoverySeconds: waits.length > 0 ? Math.max(...waits) / 1000 : undefined,
      findings: [
        ...check(recording, stored),
        ...(await workload.crowdFindings()),
        ...findSlowRecoveries(waits, fault.recoversWithinMs),
      ],
    }
  } finally {
    fault.restore?.(stage)
    workload.stop()
  }
}

/** Two days later, when the files that nobody uses are gone. @returns how many came. */
async function fetchOldFiles(stage: Stage, workload: Workload, timeoutMs: number): Promise<number> {
  await ageFiles(
    stage.mysqlUrl,
    workload.people.map(({ id }) => id),
  )
  await stage.sweep()
  return await workload.fetchFiles(timeoutMs)
}

/** Injects the fault until injections and messages are enough. @returns how often it happened, and when it recovered. */
async function injectAgain(
  fault: Fault,
  workload: Workload,
  { stage, random, messages, perSecond, injections }: ScenarioOptions,
): Promise<{ injected: number; recoveries: number[] }> {
  const recoveries: number[] = []
  let injected = 0
  const injection: Injection = {
    stage,
    workload,
    random,
    injected: () => {
      injected += 1
    },
    recovered: () => void recoveries.push(Date.now()),
    async during(frames, work) {
      const outage: Outage = { from: Date.now() + 50, to: Infinity, frames }
      workload.recording.outages.push(outage)
      try {
        return await work()
      } finally {
        outage.to = Date.now()
      }
    },
  }
  const deathsBefore = stage.deaths()
  // Ends even when the fault never happens.
  const deadline = Date.now() + 60_000 + (messages / perSecond) * 3_000
  for (let round = 0; Date.now() < deadline; round++) {
    if (workload.count() >= messages && round >= injections) break
    // Once is enough to fail.
    if (stage.deaths() > deathsBefore) break
    await fault.inject(injection)
    // Waits for the recovery, so that the next injection does not hide how long it took.
    const back = recoveries.at(-1)
    if (back !== undefined) await until(() => lastAcknowledged(workload) >= back, 30_000)
    await sleep(fault.pauseMs)
  }
  return { injected, recoveries }
}

/** From each return of a dependency to the next acknowledgement that any client got, ms. */
function waitsAfter(recoveries: readonly number[], { recording }: Workload): number[] {
  const acknowledged = recording.sent
    .flatMap(({ answers }) => answers.flatMap((answer) => (answer.kind === 'stored' ? [answer.at] : [])))
    .sort((a, b) => a - b)
  return recoveries.map((from) => (acknowledged.find((at) => at >= from) ?? Infinity) - from)
}

function findSlowRecoveries(waits: readonly number[], withinMs = defaultRecoveryMs): Finding[] {
  return waits
    .filter((wait) => wait > withinMs)
    .map((wait) => ({ kind: 'slow recovery', detail: `the first acknowledgement came ${wait} ms after recovery` }))
}

function countInGroups({ recording: { sent } }: Workload): number {
  return sent.filter(({ to, answers }) => isGroup(to) && answers.some(({ kind }) => kind === 'stored')).length
}

function countDuring({ recording: { sent, outages } }: Workload): number {
  const times = sent.flatMap(({ attempts }) => attempts.map(({ at }) => at))
  return times.filter((at) => outages.some(({ from, to }) => at >= from && at <= to)).length
}

function lastAcknowledged({ recording }: Workload): number {
  const last = recording.sent.slice(-2_000).flatMap(({ answers }) => answers.filter(({ kind }) => kind === 'stored'))
  return last.reduce((latest, { at }) => Math.max(latest, at), 0)
}
