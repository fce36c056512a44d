/**
 * Preloaded into the processes of the functions: their clock is ahead by the milliseconds in CLOCK_FILE.
 *
 * The file is read again when a second has passed since the last reading, so that a process which was stopped for longer
 * finds, at its first look at the clock, that it was away for as long as the file says. Timers are not moved.
 */
import { readFileSync } from 'node:fs'

const file = process.env.CLOCK_FILE ?? ''
const System = Date
const system = Date.now
let readAt = 0
let aheadMs = 0

function now(): number {
  const at = system()
  if (at - readAt > 1_000) {
    readAt = at
    aheadMs = Number(readFileSync(file, 'utf8'))
  }
  return at + aheadMs
}

System.now = now
globalThis.Date = new Proxy(System, {
  construct: (target, given, newTarget) => Reflect.construct(target, given.length > 0 ? given : [now()], newTarget),
  apply: () => new Date().toString(),
})
