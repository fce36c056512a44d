/** The result of a workload: one shape for all, so that tables and charts know no workload. */

/** The processes whose CPU and memory are counted; `load` is the bench itself. */
export type ProcessName = 'functions' | 'mysql' | 'redis' | 'kafka' | 'load'

/** Ids of the measured processes. A server in a container or on another machine has none. */
export type Pids = Partial<Record<Exclude<ProcessName, 'load'>, number>>

/** Latencies in milliseconds. */
export interface Percentiles {
  p50: number
  p95: number
  p99: number
  max: number
}

/** Counts that must be zero: messages lost, doubled, out of order, or missing in the database. */
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
