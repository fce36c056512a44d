/** Which process is which. Linux reads /proc (a slim image has no ps), others ask ps. */

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

export interface Identity {
  pid: number
  /** When it began. A number that is used again by another process has another start. */
  started: string
}

/** The process with that id; undefined if there is none, or only its unclaimed remains. */
export function inspect(pid: number): Identity | undefined {
  return existsSync('/proc/self/stat') ? fromProc(pid) : fromPs(pid)
}

/** Whether exactly that process is still there. */
export function isRunning({ pid, started }: Identity): boolean {
  return inspect(pid)?.started === started
}

/** This process. */
export function self(): Identity {
  const own = inspect(process.pid)
  if (!own) throw new Error('this process is not in the process list')
  return own
}

/** Asks this process to end once npm, which started it, is gone: by SIGKILL it could not pass anything on. */
export function endWithNpm(): void {
  if (process.env.npm_lifecycle_event === undefined) return
  const npm = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === npm) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, 500).unref()
}

function fromProc(pid: number): Identity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // proc(5): the name in brackets may hold anything; after it come the state (field 3) and, as field 22, the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : { pid, started: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

function fromPs(pid: number): Identity | undefined {
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }
  const { stdout } = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', env })
  const found = /^\s*(\S+)\s+(\S.*?)\s*$/.exec(stdout?.split('\n')[0] ?? '')
  return !found || found[1]?.startsWith('Z') ? undefined : { pid, started: found[2] ?? '' }
}
