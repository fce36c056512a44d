/** Structured log: one JSON object a line, with the context of its request. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { config } from './config.ts'

/** Ids and names only; never contents, tokens or passwords. */
export type Fields = Record<string, string | number | boolean | null | undefined>

const severity = { debug: 0, info: 1, warn: 2, error: 3 }
const threshold = severity[config.logLevel]
const context = new AsyncLocalStorage<Fields>()

/** Runs `work` and adds `fields` to every line that it logs. */
export function withContext<T>(fields: Fields, work: () => T): T {
  return context.run({ ...fields }, work)
}

/** Adds fields to the following lines of this request. */
export function addContext(fields: Fields): void {
  Object.assign(context.getStore() ?? {}, fields)
}

export const debug = (text: string, fields?: Fields): void => write('debug', text, fields)
export const info = (text: string, fields?: Fields): void => write('info', text, fields)
export const warn = (text: string, fields?: Fields): void => write('warn', text, fields)

const sampleMs = 1000
const samples = new Map<string, { at: number; count: number }>()

/**
 * Writes the first of many lines of one text and kind in a second of this process, with how many it stands for: itself, and those
 * that were not written before. Returns that count; 0 for all others, which are lines of the level `debug`.
 */
export function sampled(text: string, kind: string, fields?: Fields): number {
  const name = `${text} ${kind}`
  const { at, count } = samples.get(name) ?? { at: 0, count: 0 }
  const now = Date.now()
  const isDue = now - at >= sampleMs
  samples.set(name, isDue ? { at: now, count: 0 } : { at, count: count + 1 })
  if (!isDue) {
    debug(text, fields)
    return 0
  }
  info(text, { ...fields, count: count + 1 })
  return count + 1
}

/** Logs a fault with its stack and cause. */
export function error(text: string, fault: unknown, fields?: Fields): void {
  write('error', text, { ...fields, fault: describe(fault) })
}

function describe(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault)
  const cause = fault.cause === undefined ? '' : `\ncaused by ${describe(fault.cause)}`
  return `${withoutValues(fault)}${cause}`
}

// Database errors quote the statement and the duplicate value, which may hold contents, so only the code is logged.
function withoutValues(fault: Error): string {
  if ('sqlMessage' in fault) {
    const code = 'code' in fault ? String(fault.code) : fault.name
    const frames = fault.stack?.split('\n').filter((line) => line.startsWith('    at ')) ?? []
    return [code, ...frames].join('\n')
  }
  return fault.stack ?? fault.message
}

function write(level: keyof typeof severity, text: string, fields: Fields | undefined): void {
  if (severity[level] < threshold) return
  writeLine({ level, time: new Date().toISOString(), msg: text, ...context.getStore(), ...fields })
}

/** Writes one line of JSON. Lambda's runtime would wrap what the console writes, and metrics in it would not be found. */
export function writeLine(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
