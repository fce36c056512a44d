/** A process that answers requests, started and watched by this one. */

import type { ChildProcess } from 'node:child_process'
import { statSync } from 'node:fs'
import { failureWithLog, StartFailure } from './failure.ts'
import { untilReady } from './probe.ts'
import { end, isAlive, launch } from './process.ts'

export interface Program {
  /** The subject of sentences about it. */
  title: string
  command: string
  args: readonly string[]
  /** Its working directory. */
  directory: string
  /** Read as its standard input. */
  inputFile?: string
  /** Throws until the process `pid`, and no other on that port, is ready. */
  probe(pid: number): Promise<void>
  environment: NodeJS.ProcessEnv
  /** Where its output is appended; undefined shows it on the terminal. */
  logFile: string | undefined
}

export interface Server {
  /** Undefined while no process runs. */
  readonly pid: number | undefined
  /** Sends a signal. An end that follows is expected: it is not reported as a death. */
  kill(signal: NodeJS.Signals): void
  /** Starts it on its port and data, after stopping a process that still runs; resolves when it is ready. */
  start(signal?: AbortSignal): Promise<void>
  /** Asks it to end, and kills it after 15 s. It may be started again. */
  stop(): Promise<void>
}

// A slow machine that is busy bundles the functions for more than a minute.
const readyWithinMs = 180_000
const stopWithinMs = 15_000
const watchEveryMs = 1_000

/**
 * The server of a program; not started yet.
 *
 * It ends with this process, and when its directory is removed or moved, since its further writes would be lost.
 * `onDied` is called with the cause when the process ends by itself after it was ready.
 */
export function createServer(program: Program, onDied: (cause: string) => void): Server {
  const { command, args, directory, inputFile, environment, logFile } = program
  let child: ChildProcess | undefined
  let isEndExpected = false

  async function start(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    await stop()
    isEndExpected = false
    const output = logFile === undefined ? 'inherit' : { file: logFile }
    const started = launch(command, args, { cwd: directory, env: environment, inputFile, output })
    child = started
    const isMoved = killWhenMoved(directory, started)
    try {
      await untilServing(program, started, signal)
    } catch (error) {
      await stop()
      throw error
    }
    started.once('exit', (code, cause) => {
      const how = code === null ? `signal ${cause}` : `exit code ${code}`
      if (!isEndExpected) onDied(isMoved() ? `${directory} was removed or moved` : how)
    })
  }

  async function stop(): Promise<void> {
    isEndExpected = true
    if (child) await end(child, stopWithinMs)
  }

  return {
    get pid() {
      return child && isAlive(child) ? child.pid : undefined
    },
    kill(signal) {
      if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') isEndExpected = true
      child?.kill(signal)
    },
    start,
    stop,
  }
}

/** @throws StartFailure when the process ends, or is not ready in time; the signal's reason when that ends the waiting. */
async function untilServing(program: Program, child: ChildProcess, signal?: AbortSignal): Promise<void> {
  const ended = new AbortController()
  child.once('exit', () => ended.abort())
  if (child.pid === undefined) ended.abort()
  try {
    const signals = signal ? [ended.signal, signal] : [ended.signal]
    await untilReady(() => program.probe(child.pid ?? 0), readyWithinMs, AbortSignal.any(signals))
  } catch (error) {
    signal?.throwIfAborted()
    throw startFailure(program, ended.signal.aborted ? undefined : error)
  }
}

/** @param error - what the last probe threw; undefined if the process ended. */
function startFailure({ title, logFile }: Program, error: unknown): StartFailure {
  const reason = error instanceof Error ? error.message : String(error)
  const late = `not ready after ${readyWithinMs / 1000} s (${reason})`
  const sentence = `${title} could not be started: ${error === undefined ? 'the process ended' : late}.`
  return logFile === undefined
    ? new StartFailure(`${sentence} Its output is above.`)
    : failureWithLog(sentence, logFile)
}

/** Kills the process once its directory is no longer at its path. The result tells whether that has happened. */
function killWhenMoved(directory: string, child: ChildProcess): () => boolean {
  const before = identityOf(directory)
  let isMoved = false
  const timer = setInterval(() => {
    if (identityOf(directory) === before) return
    isMoved = true
    child.kill('SIGKILL')
  }, watchEveryMs).unref()
  child.once('exit', () => clearInterval(timer))
  return () => isMoved
}

/** Tells a directory from another one at the same path; undefined if there is none. */
function identityOf(directory: string): string | undefined {
  const found = statSync(directory, { throwIfNoEntry: false })
  return found && `${found.dev}:${found.ino}`
}
