/** Processes of this machine: who they are, and how to end them. Linux reads /proc (a slim image has no ps), others ask ps. */

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

export interface Identity {
  pid: number
  /** When it began. A number that is used again by another process has another start. */
  started: string
}

export interface Running extends Identity {
  command: string
}

/** The process with that id; undefined if there is none, or only its unclaimed remains. */
export function inspect(pid: number): Running | undefined {
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
  return { pid: own.pid, started: own.started }
}

/** Sends a signal to a process and the group that it leads. A process that is gone, or not ours to signal, is not an error. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal)
      return
    } catch (error) {
      if (!isOutOfReach(error)) throw error
    }
  }
}

/**
 * Ends a process and its group: asks, and after `graceMs` kills.
 *
 * Resolves when it is gone. A paused process is woken, so that it can hear the question.
 */
export async function terminate(identity: Identity, graceMs: number, ask: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (!isRunning(identity)) return
  signalGroup(identity.pid, ask)
  signalGroup(identity.pid, 'SIGCONT')
  if (await ended(identity, graceMs)) return
  signalGroup(identity.pid, 'SIGKILL')
  await ended(identity, 5_000)
}

async function ended(identity: Identity, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs
  while (isRunning(identity)) {
    if (Date.now() > deadline) return false
    await wait(50)
  }
  return true
}

function fromProc(pid: number): Running | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // proc(5): the name in brackets may hold anything; after it come the state (field 3) and, as field 22, the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    return { pid, started: fields[19] ?? '', command }
  } catch {
    return undefined
  }
}

function fromPs(pid: number): Running | undefined {
  const { stdout } = spawnSync('ps', ['-ww', '-o', 'stat=,lstart=,command=', '-p', String(pid)], { encoding: 'utf8' })
  const found = /^\s*(\S+)\s+((?:\S+\s+){4}\d{4})\s+(.*)$/.exec(stdout?.split('\n')[0] ?? '')
  if (!found || found[1]?.startsWith('Z')) return undefined
  return { pid, started: found[2] ?? '', command: found[3] ?? '' }
}

// EPERM is also what macOS answers for a group of which only unclaimed remains are left.
function isOutOfReach(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM')
}
