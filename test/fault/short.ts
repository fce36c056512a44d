/** The faults, each once, in a few minutes: for `npm test`. */
import { faults } from './faults.ts'
import { hasFailed, table } from './report.ts'
import { runFaults } from './run.ts'

/** Runs every fault on a stage of its own, and counts those under which every promise held. */
export async function runShort(
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<{ passed: number; failed: number }> {
  const seed = Math.floor(Math.random() * 1e9)
  say(`faults, seed ${seed}`)
  const rows = await runFaults({
    faults,
    seed,
    setting: { people: 6, perSecond: 100, messages: 250 * faults.length, injections: 1 },
    say,
    signal,
  })
  say(table(rows))
  const failed = rows.filter(hasFailed).length
  return { passed: rows.length - failed, failed }
}
