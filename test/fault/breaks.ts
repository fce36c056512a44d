/**
 * Applies each break of the consumer while its fault is injected: shows that the checker can fail.
 *
 *     npx node test/fault/breaks.ts                every break
 *     npx node test/fault/breaks.ts commit mark    those whose name holds one of these
 */
import { type Break, breaks, type Edit } from '../breaks.ts'
import { faults } from './faults.ts'
import { seeded } from './random.ts'
import { tell } from './report.ts'
import { type Row, runScenario } from './scenario.ts'
import { openStage, type Stage } from './stage.ts'

type Judged = NonNullable<Break['fault']>

/** Runs a short workload on each break in turn. @returns how many the checker has caught, and how many not. */
async function seeCaught(
  chosen: readonly (readonly [string, Break])[],
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<{ passed: number; failed: number }> {
  const stage = await openStage(say, signal)
  let passed = 0
  try {
    for (const [name, { fault, ...edit }] of chosen) {
      signal.throwIfAborted()
      if (!fault) continue
      const row = await runBroken(stage, edit, fault)
      const isCaught = row.findings.some(({ kind }) => fault.finds.includes(kind))
      if (isCaught) passed += 1
      say(`${isCaught ? '✓ caught' : '✗ NOT CAUGHT'}: ${name}, under: ${fault.name}`)
      for (const line of tell(row)) say(`    ${line}`)
    }
    return { passed, failed: chosen.length - passed }
  } finally {
    await stage.stop()
  }
}

async function runBroken(stage: Stage, edit: Edit, { name, people = 6 }: Judged): Promise<Row> {
  const fault = faults.find((one) => one.name === name)
  if (!fault) throw new Error(`there is no fault called ${name}`)
  await stage.breakConsumer(edit)
  const label = `b${Date.now().toString(36)}`
  return await runScenario(fault, {
    stage,
    random: seeded(11),
    people,
    perSecond: 100,
    messages: 500,
    injections: 2,
    unnamedShare: 0.3,
    label,
    settleMs: 6_000,
  })
}

if (import.meta.main) {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)))
  }
  const words = process.argv.slice(2)
  const judged = Object.entries(breaks).filter(([, { fault }]) => fault)
  const chosen = judged.filter(([name]) => words.length === 0 || words.some((word) => name.includes(word)))
  const { passed, failed } = await seeCaught(chosen, (line) => console.log(line), interrupted.signal)
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 && passed > 0 ? 0 : 1)
}
