/** The faults, each once, in a few minutes: for `npm test`. */
import { faults } from './faults.ts'
import { hasFailed, table } from './report.ts'
import { runFaults } from './run.ts'

/** Runs every fault on a stage of its own, and counts those under which every promise held. */
export async function runShort(
  say: (line: string) => void,
  { seed = Math.floor(Math.random() * 1e9), signal }: { seed?: number | undefined; signal?: AbortSignal } = {},
): Promise<{ passed: number; failed: number }> {
  say(`faults, seed ${seed}`)
  const rows = await runFaults({
    faults,
    seed,
    messages: 250 * faults.length,
    strikes: 1,
    people: 6,
    perSecond: 100,
    say,
    signal,
  })
  say(table(rows))
  const failed = rows.filter(hasFailed).length
  return { passed: rows.length - failed, failed }
}

if (import.meta.main) {
  const { passed, failed } = await runShort((line) => console.log(line), { seed: Number(process.argv[2]) || undefined })
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 && passed > 0 ? 0 : 1)
}
