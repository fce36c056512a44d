/** Commands that run to their end: probes, Maven, Docker, the preparation of a data directory. */

import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { childEnvironment } from './environment.ts'
import { launch, send } from './launch.ts'

export interface Outcome {
  /** 127 when the program does not exist; undefined when it was killed, or took too long. */
  exitCode: number | undefined
  /** Both outputs, as they came; empty when they went to a file. */
  output: string
  isTimedOut: boolean
}

/**
 * Runs a command and waits for it, at most `timeoutMs`.
 *
 * Ctrl-C at the terminal reaches only us, and `signal` ends it with all it has started.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: {
    timeoutMs: number
    logFile?: string
    directory?: string
    environment?: NodeJS.ProcessEnv
    signal?: AbortSignal
  },
): Promise<Outcome> {
  options.signal?.throwIfAborted()
  const log = options.logFile === undefined ? undefined : openSync(options.logFile, 'a')
  const child = launch(command, args, {
    cwd: options.directory,
    env: options.environment ?? childEnvironment(),
    stdio: ['ignore', log ?? 'pipe', log ?? 'pipe'],
  })
  if (log !== undefined) closeSync(log)
  let isTimedOut = false
  const kill = () => send(child, 'SIGKILL')
  const timer = new AbortController()
  wait(options.timeoutMs, undefined, { signal: timer.signal, ref: false }).then(
    () => {
      isTimedOut = true
      kill()
    },
    () => {},
  )
  options.signal?.addEventListener('abort', kill)
  try {
    const [exitCode, output] = await Promise.all([ended(child), collected(child)])
    options.signal?.throwIfAborted()
    return { exitCode, output, isTimedOut }
  } finally {
    timer.abort()
    options.signal?.removeEventListener('abort', kill)
  }
}

function ended(child: ChildProcess): Promise<number | undefined> {
  return new Promise((done) => {
    child.once('error', () => done(undefined))
    child.once('exit', (code) => done(code ?? undefined))
  })
}

async function collected(child: ChildProcess): Promise<string> {
  const chunks: Buffer[] = []
  await Promise.all(
    [child.stdout, child.stderr].map(async (stream) => {
      for await (const chunk of stream ?? []) chunks.push(chunk)
    }),
  )
  return Buffer.concat(chunks).toString('utf8')
}
