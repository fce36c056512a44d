/** Results as text: a line while the bench runs, tables on the terminal, and the generated part of docs/performance.md. */
import { isClean } from './figures.ts'
import { type Memory, totalMb } from './processes.ts'
import type { Findings, ProcessName, Result } from './result.ts'

/** Where and when a run was made. */
export interface Head {
  date: string
  commit: string
  machine: string
  node: string
  /** What was measured if not a start of its own. */
  base?: string
  readySeconds?: { empty: number; warm?: number }
  /** After the workload that left most of it in use. */
  memory: { after: string; processes: Partial<Record<ProcessName, Memory>> }
}

export interface Report extends Head {
  results: Result[]
}

type Row = Record<string, string>

const processNames: readonly ProcessName[] = ['functions', 'mysql', 'redis', 'kafka', 'load']

/** A result in a line. */
export function lineOf(result: Result): string {
  const { workload, setting, perSecond, latencyMs } = result
  const latency = latencyMs ? `, p50 ${latencyMs.p50} ms, p99 ${latencyMs.p99} ms` : ''
  const fault = isClean(result) ? '' : ` -- ${found(result.findings)}`
  return `${workload} (${settingOf(setting)}): ${numeral(perSecond)}/s${latency}${fault}`
}

/** Results of one workload stand together, in the order in which the first of each came. */
export function byWorkload(results: readonly Result[]): Map<string, Result[]> {
  return Map.groupBy(results, ({ workload }) => workload)
}

/** The settings that all results of a workload share, if it has several. */
export function sharedBy(results: readonly Result[]): Result['setting'] {
  const [first, ...others] = results
  if (!first || others.length === 0) return {}
  return Object.fromEntries(
    Object.entries(first.setting).filter(([name, value]) => others.every(({ setting }) => setting[name] === value)),
  )
}

/** A row for each result, with the columns that any of them has; shared settings stand for themselves. */
export function tableOf(results: readonly Result[]): Row[] {
  const shared = Object.keys(sharedBy(results))
  const rows = results.map((result) => {
    const own = Object.entries(result.setting).filter(([name]) => !shared.includes(name))
    return rowOf({ ...result, setting: Object.fromEntries(own) })
  })
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const inOrder = [...columns.filter((name) => name !== 'wrong'), ...columns.filter((name) => name === 'wrong')]
  return rows.map((row) => Object.fromEntries(inOrder.map((name) => [name, row[name] ?? ''])))
}

/** The generated part of the page. */
export function markdownOf({ results, ...head }: Report): string {
  const memory = Object.entries(head.memory.processes).map(([name, { rssMb, peakMb }]) => ({
    process: name,
    'RSS, MB': String(rssMb),
    'at its peak, MB': String(peakMb),
  }))
  const ready = head.readySeconds
  const parts = [
    `Measured on ${head.date.slice(0, 10)} at commit ${head.commit}: ${head.machine}, Node ${head.node}.`,
    ready && `Ready after ${ready.empty} s on empty directories${ready.warm ? `, ${ready.warm} s on their data` : ''}.`,
    memory.length > 0 &&
      `### Memory\n\nAfter \`${head.memory.after}\`, which left most in use: ${numeral(totalMb(head.memory.processes))} MB together.\n\n${markdownTable(memory)}`,
    ...[...byWorkload(results)].map(([workload, group]) => {
      const shared = settingOf(sharedBy(group))
      return [`### ${capital(workload)}`, shared && `All with ${shared}.`, markdownTable(tableOf(group))]
        .filter(Boolean)
        .join('\n\n')
    }),
  ]
  return parts.filter(Boolean).join('\n\n')
}

/** camelCase as words. */
export const words = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

function rowOf({ setting, perSecond, latencyMs, findings, more, ...result }: Result): Row {
  const { cpuMsPerOperation: cpu = {}, queriesPerOperation: queries, postsPerOperation: posts } = result
  const entries: [string, string | number | boolean | undefined][] = [
    ...Object.entries(setting).map(([name, value]): [string, typeof value] => [
      name === 'perSecond' ? 'sent/s' : words(name),
      value,
    ]),
    ['/s', perSecond],
    ...Object.entries(latencyMs ?? {}).map(([name, value]): [string, number] => [`${name} ms`, value]),
    ...processNames.map((name): [string, number | undefined] => [`${name} CPU ms`, cpu[name]]),
    ['queries', queries],
    ['posts', posts],
    ...Object.entries(more ?? {}),
    ['wrong', findings && found(findings)],
  ]
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, shown(value)]])))
}

function found(findings: Findings | undefined): string {
  const faults = Object.entries(findings ?? {}).filter(([, count]) => count !== 0)
  return faults.map(([name, count]) => `${count} ${words(name)}`).join(', ') || 'none'
}

/** A setting in words. */
export function settingOf(setting: Result['setting']): string {
  return Object.entries(setting)
    .filter(([, value]) => value !== false)
    .map(([name, value]) => (value === true ? words(name) : `${words(name)} ${value}`))
    .join(', ')
}

function shown(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return typeof value === 'number' ? numeral(value) : value
}

function numeral(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 4 })
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Rows as a table; columns of numbers are set to the right. */
export function markdownTable(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {})
  const isNumber = (name: string): boolean => rows.every((row) => /^[-\d.,]*$/.test(row[name] ?? ''))
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    line(columns),
    line(columns.map((name) => (isNumber(name) ? '--:' : '---'))),
    ...rows.map((row) => line(columns.map((name) => row[name] ?? ''))),
  ].join('\n')
}
