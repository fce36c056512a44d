/** What a meter of AWS makes of a size or a time. */

const frameBytes = 32 * 1024
const logWriteBytes = 4 * 1024

/** Messages that API Gateway counts for one of so many bytes: 32 KB each, and an empty one is one. */
export const meteredMessages = (bytes: number): number => Math.max(1, Math.ceil(bytes / frameBytes))

/** Milliseconds that Lambda bills, rounded up: CPU on a share of a core, and what was waited for here and would be there. */
export function billedMs(
  { wallMs, cpuMs }: Timing,
  { cpuFactor, addedMs }: { cpuFactor: number; addedMs: number },
): number {
  // Work on several threads takes more CPU than time: then nothing was waited for.
  const waitedMs = Math.max(0, wallMs - cpuMs)
  return Math.ceil(cpuMs * cpuFactor + waitedMs + addedMs)
}

/** One invocation, as this machine ran it. */
export interface Timing {
  wallMs: number
  cpuMs: number
}

/** Writes that Aurora counts for log records: 4 KB each, and each commit waits for one of its own. */
export const logWrites = (bytes: number, commits: number): number => Math.max(commits, Math.ceil(bytes / logWriteBytes))

/** ElastiCache's units: for each command one, or one for so much of the server's time; or one for each KB, if those are more. */
export function ecpus({ commands, bytes }: RedisUse, unitMicroseconds: number): number {
  const units = Object.values(commands).map(({ calls, microseconds }) =>
    Math.max(calls, microseconds / unitMicroseconds),
  )
  return Math.max(
    units.reduce((sum, each) => sum + each, 0),
    bytes / 1024,
  )
}

export interface RedisUse {
  /** What clients have sent, by name. Commands inside a script are in the script's own time. */
  commands: Record<string, RedisCommands>
  /** Both ways. */
  bytes: number
}

export interface RedisCommands {
  calls: number
  /** The server's own time for all of them. */
  microseconds: number
}

/** The middle value. @throws Error when there is none. */
export function middle(values: readonly number[]): number {
  const found = [...values].sort((a, b) => a - b)[values.length >> 1]
  if (found === undefined) throw new Error('there is no middle of nothing')
  return found
}
