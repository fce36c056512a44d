/** One server process that this launcher owns. */

import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { untilAnswered } from './answer.ts'
import { type ServiceName, titles } from './choose.ts'
import { serverEnvironment } from './environment.ts'
import { lastLines, StartFailure } from './failure.ts'
import { end, isAlive, launch, send } from './launch.ts'
import { identityOf } from './lock.ts'
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
const watchEveryMs = 1_000

/**
 * The server of a program; not started yet.
 *
 * It ends with this process, and when its directory is removed or moved: what it wrote from then on would be nowhere.
 * `onDied` hears of an end that nobody asked for, once the server had answered.
 */
export function own(
  program: Program,
  at: { name: ServiceName; port: number; logFile: string },
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
      await end(child, 10_000)
    }
    isEndWanted = false
    hasAnswered = false
    const started = begin(program, logFile)
    child = started
    const isHomeless = watch(program.directory, started)
    const attempt = new AbortController()
    const signal = giveUp ? AbortSignal.any([attempt.signal, giveUp]) : attempt.signal
    started.once('exit', (code, cause) => {
      attempt.abort()
      const how = code === null ? `signal ${cause}` : `exit code ${code}`
      if (hasAnswered && !isEndWanted) onDied(isHomeless() ? `${program.directory} was removed or moved` : how)
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
    if (child) send(child, signal)
  }

  async function stop(): Promise<void> {
    isEndWanted = true
    if (child) await end(child, 10_000)
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

function begin({ command, args, directory, inputFile }: Program, logFile: string): ChildProcess {
  const log = openSync(logFile, 'a')
  const input = inputFile === undefined ? undefined : openSync(inputFile, 'r')
  try {
    return launch(command, args, { cwd: directory, env: serverEnvironment(), stdio: [input ?? 'ignore', log, log] })
  } finally {
    closeSync(log)
    if (input !== undefined) closeSync(input)
  }
}

/** Kills the process once its directory is no longer at its path; says whether that was so. */
function watch(directory: string, child: ChildProcess): () => boolean {
  const home = identityOf(directory)
  let isHomeless = false
  const timer = setInterval(() => {
    if (identityOf(directory) === home) return
    isHomeless = true
    send(child, 'SIGKILL')
  }, watchEveryMs).unref()
  child.once('exit', () => clearInterval(timer))
  return () => isHomeless
}

function reason(error: unknown): string {
  return error instanceof Error && error.message ? error.message : String(error)
}
