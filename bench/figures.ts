/** From samples and counts to a result. */
import type { Usage } from './processes.ts'
import type { Findings, Percentiles, ProcessName, Result } from './result.ts'

/** Percentiles of a sample, in its own unit. */
export function percentiles(sample: readonly number[]): Percentiles {
  const sorted = Float64Array.from(sample).sort()
  const at = (share: number): number =>
    round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0)
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}

/** Three significant digits, and no fraction of a number above a hundred. */
export function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3))
}

/** The counts and samples of a workload while the meter ran. */
export interface Measured {
  workload: string
  setting: Result['setting']
  operations: number
  usage: Usage
  latencies?: readonly number[]
  posts?: number
  findings?: Findings
  more?: Result['more']
}

/** The result of a workload: counts become shares of one operation. */
export function resultOf({ workload, setting, operations, usage, latencies, posts, findings, more }: Measured): Result {
  const each = (total: number): number => round(total / Math.max(operations, 1))
  const cpu = Object.entries(usage.cpuMs) as [ProcessName, number][]
  return {
    workload,
    setting,
    operations,
    seconds: round(usage.seconds),
    perSecond: round(operations / usage.seconds),
    ...(latencies && { latencyMs: percentiles(latencies) }),
    cpuMsPerOperation: Object.fromEntries(cpu.map(([name, milliseconds]) => [name, each(milliseconds)])),
    ...(usage.queries !== undefined && { queriesPerOperation: each(usage.queries) }),
    ...(posts !== undefined && { postsPerOperation: each(posts) }),
    ...(findings && { findings }),
    ...(more && { more }),
  }
}

/** Whether nothing was lost, doubled, out of order or not stored. */
export function isClean({ findings }: Result): boolean {
  return findings === undefined || Object.values(findings).every((count) => count === 0)
}
