/** Processes that end with this one, however it ends. */

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { childEnvironment } from './environment.ts'
import { failureWithLog } from './failure.ts'

export interface LaunchOptions extends Pick<SpawnOptions, 'cwd' | 'env' | 'timeout' | 'signal'> {
  /** Read as standard input; without it there is none. */
  inputFile?: string | undefined
  /** Where standard output and standard error go: appended to a file, or as `spawn` calls it. */
  output: { file: string } | 'inherit' | 'pipe' | 'ignore'
}

/**
 * The guard waits for the end of a pipe whose other end only this process holds, then kills its own process group. It runs
 * in the background of a subshell that exits at once, so that the command does not find a child that it never started.
 */
const guarded = `
({ trap '' HUP INT TERM; read -r _ <&3; kill -9 0; } </dev/null >/dev/null 2>&1 &)
exec "$@" 3<&-`

/**
 * Starts a command as the leader of its own process group, so that Ctrl-C at the terminal does not reach it.
 *
 * When this process ends, even by SIGKILL, the whole group is killed at once. When the leader ends, so does the rest; the
 * timeout and the signal therefore kill only the leader. A command that does not exist ends with 127.
 */
export function launch(command: string, args: readonly string[], options: LaunchOptions): ChildProcess {
  const { inputFile, output, ...rest } = options
  const input = inputFile === undefined ? 'ignore' : openSync(inputFile, 'r')
  const out = typeof output === 'object' ? openSync(output.file, 'a') : output
  const child = spawn('/bin/sh', ['-c', guarded, 'sh', command, ...args], {
    ...rest,
    killSignal: 'SIGKILL',
    detached: true,
    stdio: [input, out, out, 'pipe'],
  })
  for (const file of [input, out]) if (typeof file === 'number') closeSync(file)
  // Without a listener, a failure to spawn would be an uncaught error; callers see a child without a pid.
  child.on('error', () => {})
  // The guard is still in the group, so the system cannot reuse the group's number before it is killed here.
  child.once('exit', () => killGroup(child.pid))
  const lifeline = child.stdio[3]
  if (lifeline instanceof Socket) lifeline.on('error', () => {}).unref()
  return child
}

export function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

/** Asks a process to end, kills it after `graceMs`, and resolves when it is gone. A paused one is woken to hear it. */
export async function end(child: ChildProcess, graceMs: number): Promise<void> {
  if (!isAlive(child)) return
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  child.kill('SIGCONT')
  await exit
  clearTimeout(timer)
}

export interface RunOptions extends Pick<SpawnOptions, 'cwd' | 'env' | 'signal'> {
  timeoutMs: number
  /** Where the output is appended; without it, the output is returned. */
  logFile?: string
}

export interface Outcome {
  /** 127 when the program does not exist; null when it was killed. */
  exitCode: number | null
  /** Standard output and standard error; empty when they went to a log file. */
  output: string
  isTimedOut: boolean
}

/** Runs a command to its end. @throws the signal's reason, once the command that was aborted is gone. */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<Outcome> {
  const { timeoutMs, logFile, env = childEnvironment(), ...rest } = options
  rest.signal?.throwIfAborted()
  const output = logFile === undefined ? 'pipe' : { file: logFile }
  const child = launch(command, args, { ...rest, env, timeout: timeoutMs, output })
  const texts = [child.stdout, child.stderr].map((stream) => (stream ? text(stream) : ''))
  const exitCode = await new Promise<number | null>((done) => {
    child.once('exit', done)
    if (child.pid === undefined) done(null)
  })
  rest.signal?.throwIfAborted()
  return { exitCode, output: (await Promise.all(texts)).join(''), isTimedOut: child.killed }
}

/** Runs a command that must succeed. @throws StartFailure with `sentence` and the end of the log when it does not. */
export async function mustRun(
  sentence: string,
  command: string,
  args: readonly string[],
  options: RunOptions & { logFile: string },
): Promise<void> {
  const { exitCode, isTimedOut } = await run(command, args, options)
  if (exitCode === 0) return
  const timeout = isTimedOut ? ` It took longer than ${options.timeoutMs / 1000} s.` : ''
  throw failureWithLog(sentence + timeout, options.logFile)
}

/** Has a command run when this process ends before the returned function is called. */
export function lastWill(command: string, args: readonly string[]): () => void {
  const script = `trap '' HUP INT TERM; read -r _; exec "$@" </dev/null`
  const executor = spawn('/bin/sh', ['-c', script, 'sh', command, ...args], {
    cwd: '/',
    env: childEnvironment(),
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  executor.unref()
  executor.stdin.on('error', () => {})
  if (executor.stdin instanceof Socket) executor.stdin.unref()
  return () => executor.kill('SIGKILL')
}

/** Ends this process by SIGTERM once npm, which started it, is gone: a killed npm passes nothing on. */
export function endWithNpm(): void {
  if (process.env.npm_lifecycle_event === undefined) return
  const npm = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === npm) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, 500).unref()
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL')
  } catch {
    // The group is empty. macOS answers EPERM when it has only zombies.
  }
}
