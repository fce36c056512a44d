/**
 * Injects every fault into the running system while people talk, checks every promise, and writes docs/proof.md.
 *
 *     npm run prove                                       200,000 messages
 *     npm run prove -- --messages 20000 --seed 7          fewer; with the chances of an earlier run
 *     npm run prove -- --fault "Redis killed"             faults whose name holds this; docs/proof.md stays as it is
 *
 * The exit code is 1 when anything was found, when a fault never happened, or when no message was stored in a group.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { faults } from './faults.ts'
import { hasFailed, proof, proofFile, table } from './report.ts'
import { runFaults } from './run.ts'
import type { Row } from './scenario.ts'

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '200000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    people: { type: 'string', default: '20' },
    rate: { type: 'string', default: '250' },
    injections: { type: 'string', default: '3' },
    fault: { type: 'string', default: '' },
  },
})
const say = (line: string): void => console.log(line)
const chosen = faults.filter(({ name }) => name.includes(values.fault))
const seed = Number(values.seed)
say(`seed ${seed}: ${chosen.length} faults, ${values.messages} messages`)

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)))
}

const begunAt = Date.now()
const rows: readonly Row[] = await runFaults({
  faults: chosen,
  seed,
  setting: {
    people: Number(values.people),
    perSecond: Number(values.rate),
    messages: Number(values.messages),
    injections: Number(values.injections),
  },
  say,
  signal: interrupted.signal,
}).catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error))
  process.exit(1)
})
say(table(rows))
const isWhole = rows.length === faults.length
if (isWhole) {
  const given = Object.entries({ ...values, fault: undefined }).flatMap(([name, value]) =>
    value ? `--${name} ${value}` : [],
  )
  const command = `npm run prove -- ${given.join(' ')}`
  mkdirSync(dirname(proofFile), { recursive: true })
  writeFileSync(proofFile, proof(rows, { seed, command, seconds: (Date.now() - begunAt) / 1_000 }))
  say(`written to ${proofFile}`)
}
process.exit(rows.length === chosen.length && !rows.some(hasFailed) ? 0 : 1)
