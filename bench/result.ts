/** What every workload hands back: one shape, so that tables, charts and medians need to know no workload. */

/** Whose CPU and memory is told apart; `load` is the bench itself. */
export type ProcessName = 'functions' | 'mysql' | 'redis' | 'kafka' | 'load'

/** Process ids of what is measured. A server in a container or of somebody else has none. */
export type Pids = Partial<Record<Exclude<ProcessName, 'load'>, number>>

/** Latencies in milliseconds. */
export interface Percentiles {
  p50: number
  p95: number
  p99: number
  max: number
}

/** What must be zero: messages that did not arrive, came twice, out of turn, or are not in the database. */
export interface Findings {
  lost: number
  doubled: number
  disordered: number
  notStored: number
}

export interface Result {
  workload: string
  setting: Record<string, string | number | boolean>
  operations: number
  seconds: number
  perSecond: number
  latencyMs?: Percentiles
  cpuMsPerOperation?: Partial<Record<ProcessName, number>>
  queriesPerOperation?: number
  /** WebSocket messages that the clients received. */
  postsPerOperation?: number
  findings?: Findings
  more?: Record<string, number | string>
}
