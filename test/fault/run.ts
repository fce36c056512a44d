/** Runs faults one after another on one stage. */
import type { Fault, Setting } from './fault.ts'
import { seeded } from './random.ts'
import { hasFailed, tell } from './report.ts'
import { type Row, runScenario } from './scenario.ts'
import { openStage } from './stage.ts'

export interface RunOptions {
  faults: readonly Fault[]
  seed: number
  /** For each scenario, except that `messages` is the total, which the scenarios share. */
  setting: Setting
  say: (line: string) => void
  /** Aborts the run; the rows so far are lost. */
  signal: AbortSignal
}

const leastMessages = 100

/** @returns a row for each fault. Stops everything that it started, also when it fails. */
export async function runFaults(options: RunOptions): Promise<Row[]> {
  const { faults, seed, setting, say, signal } = options
  const rows: Row[] = []
  const stage = await openStage(say, signal)
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
  aborted.catch(() => {})
  try {
    for (const [index, fault] of faults.entries()) {
      signal.throwIfAborted()
      if (fault.needsServers && !stage.servers) {
        say(`- ${fault.name}: left out, since it needs Java and Maven, no Docker engine, and no addresses`)
        continue
      }
      // Seeded by its name, so that a fault gets the same choices when it runs alone.
      const random = seeded(seed + numberOf(fault.name))
      const label = `${seed}.${index}.${Date.now().toString(36)}`
      const sent = rows.reduce((sum, row) => sum + row.messages, 0)
      const share = Math.max(Math.ceil((setting.messages - sent) / (faults.length - index)), leastMessages)
      const scenario = runScenario(fault, { ...setting, messages: share, stage, random, label })
      const row = await Promise.race([scenario, aborted])
      rows.push(row)
      for (const line of tell(row)) say(line)
    }
    return rows
  } finally {
    if (rows.some(hasFailed) || rows.length === 0) await stage.keepLogs(say)
    await stage.stop()
  }
}

const numberOf = (name: string): number => [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 1e6
