/** One server process that this launcher owns. */

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { untilAnswered } from './answer.ts'
import { type ServiceName, titles } from './choose.ts'
import { lastLines, StartFailure } from './failure.ts'
import { note } from './leftover.ts'
import { inspect, signalGroup, terminate } from './process.ts'
import type { Program } from './program.ts'

export interface Server {
  readonly name: ServiceName
  readonly port: number
  readonly logFile: string
  /** Undefined while no process runs. */
  readonly pid: number | undefined
  /** Sends a signal. An end that follows is wanted: it is not reported as a death. */
  kill(signal: NodeJS.Signals): void
  /** Starts it, again on the same port and data, once the process before has ended; resolves when it answers. */
  start(signal?: AbortSignal): Promise<void>
  /** Ends it: asks, and after 10 s kills. It may be started again. */
  stop(): Promise<void>
}

const answerWithinMs = 60_000

// A launcher that ends by an error of its own still asks its servers to end.
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const { pid } of running) if (pid !== undefined) signalGroup(pid, 'SIGTERM')
})

/**
 * The server of a program; not started yet.
 *
 * Its process leads a group of its own, so that Ctrl-C at the terminal does not reach it and the launcher orders the stop.
 * `onDied` hears of an end that nobody asked for, once the server had answered.
 */
export function own(
  program: Program,
  at: { name: ServiceName; port: number; logFile: string; pidFile: string },
  onDied: (detail: string) => void,
): Server {
  const { name, port, logFile } = at
  let child: ChildProcess | undefined
  let isEndWanted = false
  let hasAnswered = false

  const pid = () => (child && isAlive(child) ? child.pid : undefined)

  async function start(giveUp?: AbortSignal): Promise<void> {
    giveUp?.throwIfAborted()
    if (child && isAlive(child)) {
      if (!isEndWanted) throw new Error(`${titles[name]} is running`)
      await ended(child)
    }
    isEndWanted = false
    hasAnswered = false
    const started = launch(program, logFile)
    child = started
    running.add(started)
    if (started.pid !== undefined) note(at.pidFile, started.pid)
    const attempt = new AbortController()
    const signal = giveUp ? AbortSignal.any([attempt.signal, giveUp]) : attempt.signal
    started.once('exit', (code, cause) => {
      attempt.abort()
      running.delete(started)
      if (hasAnswered && !isEndWanted) onDied(code === null ? `signal ${cause}` : `exit code ${code}`)
    })
    started.once('error', () => attempt.abort())
    try {
      await untilAnswered(() => program.answers(started.pid ?? 0), answerWithinMs, signal)
      signal.throwIfAborted()
      hasAnswered = true
    } catch (error) {
      const wasStopped = isEndWanted
      const hasEnded = attempt.signal.aborted
      await stop()
      giveUp?.throwIfAborted()
      if (wasStopped) throw new Error(`${titles[name]} was stopped while it started`)
      const what = hasEnded
        ? 'ended while it started'
        : `did not answer on 127.0.0.1:${port} within ${answerWithinMs / 1000} s (${reason(error)})`
      throw new StartFailure(`${titles[name]} ${what}. The end of its log, ${logFile}:\n${lastLines(logFile)}`)
    }
  }

  function kill(signal: NodeJS.Signals): void {
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') isEndWanted = true
    const target = pid()
    if (target !== undefined) signalGroup(target, signal)
  }

  async function stop(): Promise<void> {
    isEndWanted = true
    const target = pid()
    const found = target === undefined ? undefined : inspect(target)
    if (child && found) {
      const exit = ended(child)
      await terminate(found, 10_000)
      await exit
    }
  }

  return {
    name,
    port,
    logFile,
    get pid() {
      return pid()
    },
    kill,
    start,
    stop,
  }
}

function launch({ command, args }: Program, logFile: string): ChildProcess {
  const log = openSync(logFile, 'a')
  try {
    return spawn(command, args, { detached: true, stdio: ['ignore', log, log] })
  } finally {
    closeSync(log)
  }
}

function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

async function ended(child: ChildProcess): Promise<void> {
  if (isAlive(child)) await new Promise((done) => child.once('exit', done))
}

function reason(error: unknown): string {
  return error instanceof Error && error.message ? error.message : String(error)
}
