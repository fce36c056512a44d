/**
 * Counts what a message takes on a real local run, and says what AWS would charge for it. Writes what it found to
 * bench/results, docs/cost.md and docs/scale.md.
 *
 *     npm run cost                                    counts, on servers of its own that start empty: two minutes
 *     npm run cost -- --people 1000000                what so many people would take and cost, by the newest count
 *     npm run cost -- --prices file.json              with other prices or assumptions (prices.ts); writes no page
 *     npm run cost -- --from bench/results/cost-X.json
 *                                                     writes the pages from that count, without servers
 */
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { sentenceOf } from '../../infra/services/failure.ts'
import { openTestbed } from '../testbed.ts'
import { openCounters } from './counters.ts'
import { type Counted, scaleTables, tablesOf, verdictOf, writePages } from './page.ts'
import { termsOf } from './prices.ts'

const { values } = parseArgs({
  options: { people: { type: 'string' }, prices: { type: 'string' }, from: { type: 'string' } },
})
const folder = resolve(import.meta.dirname, '../results')
const topic = 'cost-messages'
const say = (line: string): void => console.log(line)
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.abort(new Error(`Stopped by ${signal}.`)))
}

async function count(): Promise<Counted> {
  const stage = await openTestbed({ say, signal: interrupted.signal })
  const stopped = new Promise<never>((_resolve, reject) => {
    interrupted.signal.addEventListener('abort', () => reject(interrupted.signal.reason))
    void stage.died.then((what) => reject(new Error(what)))
  })
  try {
    const counters = await openCounters(stage)
    // The functions read the environment when they are imported.
    const { gatewayEndpoint } = counters
    const own = { GATEWAY_ENDPOINT: gatewayEndpoint, MESSAGE_TOPIC: topic, LOG_LEVEL: 'info' }
    Object.assign(process.env, stage.environment, own)
    const { countAll } = await import('./count.ts')
    const counted = await Promise.race([countAll({ stage, topic, counters, say }), stopped])
    await counters.close()
    const head = { date: new Date().toISOString(), commit: commit(), machine: machine(), node: process.version }
    return { ...head, count: counted }
  } finally {
    await stage.stop()
  }
}

const commit = (): string =>
  execFileSync('git', ['describe', '--always', '--dirty'], { cwd: folder, encoding: 'utf8' }).trim()
const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 1024 ** 3)} GB`

async function write(counted: Counted): Promise<string> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, `cost-${counted.date.slice(0, 19).replaceAll(':', '')}.json`)
  await writeFile(file, `${JSON.stringify(counted, null, 2)}\n`)
  return file
}

async function newest(): Promise<string> {
  const name = (await readdir(folder))
    .filter((file) => file.startsWith('cost-'))
    .sort()
    .at(-1)
  if (!name) throw new Error('Nothing has been counted yet: run npm run cost first.')
  return join(folder, name)
}

/** Rows under their names, in columns of one width. */
function aligned(rows: readonly Record<string, string>[]): string {
  const names = Object.keys(rows[0] ?? {})
  const lines = [names, ...rows.map((row) => names.map((name) => row[name] ?? ''))]
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const padded = (line: readonly string[]): string[] =>
    line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
  return lines.map((line) => padded(line).join('  ')).join('\n')
}

async function run(): Promise<void> {
  const terms = await termsOf(values.prices)
  const file = values.from ?? (values.people ? await newest() : undefined)
  const counted: Counted = file ? JSON.parse(await readFile(file, 'utf8')) : await count()
  const crowd = values.people?.split(',').map(Number)
  for (const [title, rows] of crowd ? scaleTables(crowd, counted, terms) : tablesOf(counted, terms)) {
    say(`\n${title}`)
    say(aligned(rows))
  }
  say(`\n${verdictOf(counted.count, terms)}`)
  const written = file ? [] : [await write(counted)]
  if (!crowd && !values.prices) written.push(...(await writePages(counted, terms)))
  for (const each of written) say(`Written to ${relative(process.cwd(), each)}`)
}

let exitCode = 1
try {
  await run()
  exitCode = 0
} catch (error) {
  say(interrupted.signal.aborted ? String(error) : sentenceOf(error))
}
process.exit(exitCode)
