/**
 * Measures the system under load, and writes the results to bench/results and docs/performance.md.
 *
 *     npm run bench -- --only closed,http
 *
 * bench/README.md explains the options. The exit code is 1 when a message was lost, doubled, out of order or not stored.
 */
import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { relative } from 'node:path'
import { parseArgs } from 'node:util'
import { sentenceOf } from '../infra/services/failure.ts'
import { isClean } from './figures.ts'
import { writePage, writeResult } from './page.ts'
import { memoryOf, totalMb } from './processes.ts'
import { byWorkload, lineOf, type Report, settingOf, sharedBy, tableOf } from './report.ts'
import type { Pids, Result } from './result.ts'
import { openTestbed, type Target, type Testbed } from './testbed.ts'
import { full, type OnResult, ofGoChat, ofOurs, ofParts, quick, type Workload } from './workloads.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    base: { type: 'string' },
    pid: { type: 'string', multiple: true, default: [] },
    quick: { type: 'boolean', default: false },
    page: { type: 'string' },
  },
})
const scale = values.quick ? quick : full
const say = (line: string): void => console.log(line)
const sayWritten = (file: string): void => say(`Written to ${relative(process.cwd(), file)}`)

const known = Object.keys({ ...ofGoChat, ...(values.base ? {} : { ...ofOurs, ...ofParts }) })
const usual = values.quick ? known.filter((name) => !(name in ofParts)) : known
const chosen = values.only?.split(',') ?? usual
const unknown = chosen.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  say(`There is no workload ${unknown.join(', ')} here, only ${known.join(', ')}.`)
  process.exit(2)
}

const interrupted = new AbortController()
const interruption = Promise.withResolvers<never>()
interruption.promise.catch(() => {})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    const reason = new Error(`Stopped by ${signal}.`)
    interrupted.abort(reason)
    interruption.reject(reason)
  })
}

/** A workload with its target. */
type Runnable = (onResult: OnResult) => Promise<void>

async function measure(): Promise<Report> {
  if (values.base) {
    const target: Target = { base: values.base.replace(/\/$/, ''), pids: pidsOf(values.pid) }
    return await Promise.race([report(target, runnablesOn(target, ofGoChat)), interruption.promise])
  }
  const testbed = await openTestbed({
    say,
    signal: interrupted.signal,
    isWarm: !values.quick,
    hasSourceMaps: chosen.includes('profile'),
  })
  try {
    const died = testbed.died.then((what): never => {
      throw new Error(what)
    })
    const runnables = runnablesOn(testbed, { ...ofGoChat, ...ofOurs, ...ofParts })
    return await Promise.race([report(testbed, runnables), interruption.promise, died])
  } finally {
    await testbed.stop()
  }
}

function runnablesOn<T extends Target>(target: T, among: Record<string, Workload<T>>): Record<string, Runnable> {
  const entries = Object.entries(among)
  return Object.fromEntries(entries.map(([name, run]) => [name, (onResult: OnResult) => run(target, scale, onResult)]))
}

async function report(target: Target & Partial<Testbed>, runnables: Record<string, Runnable>): Promise<Report> {
  const results: Result[] = []
  let memory: Report['memory'] = { after: 'the start', processes: memoryOf(target.pids) }
  for (const [name, run] of Object.entries(runnables)) {
    if (!chosen.includes(name)) continue
    await run((result) => {
      say(lineOf(result))
      results.push(result)
    })
    const processes = memoryOf(target.pids)
    if (totalMb(processes) > totalMb(memory.processes)) memory = { after: name, processes }
  }
  return {
    date: new Date().toISOString(),
    commit: execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    }).trim(),
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 1024 ** 3)} GB`,
    node: process.version,
    ...(values.base && { base: values.base }),
    ...(target.readySeconds && { readySeconds: target.readySeconds }),
    memory,
    results,
  }
}

function pidsOf(given: readonly string[]): Pids {
  return Object.fromEntries(given.map((each) => each.split('=')).map(([name, pid]) => [name, Number(pid)]))
}

let exitCode = 1
try {
  if (values.page) {
    sayWritten(await writePage(JSON.parse(await readFile(values.page, 'utf8'))))
    exitCode = 0
  } else {
    const report = await measure()
    for (const [workload, group] of byWorkload(report.results)) {
      say(`${workload} ${settingOf(sharedBy(group))}`)
      console.table(tableOf(group))
    }
    sayWritten(await writeResult(report))
    const isWhole = !values.only && !values.quick && !values.base
    if (isWhole) sayWritten(await writePage(report))
    exitCode = report.results.every(isClean) ? 0 : 1
  }
} catch (error) {
  say(interrupted.signal.aborted ? String(error) : sentenceOf(error))
}
process.exit(exitCode)
