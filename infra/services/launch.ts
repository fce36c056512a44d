/** Processes that end with this one, however it ends. */

import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { childEnvironment } from './environment.ts'

type Output = number | 'inherit' | 'pipe' | 'ignore'

export interface LaunchOptions {
  cwd?: string | undefined
  env: NodeJS.ProcessEnv
  stdio: [input: number | 'ignore', output: Output, errors: Output]
}

/**
 * A guard waits for the end of a pipe whose other end is this process's alone, and kills its own group. Its adopted parent
 * is the system, so that a server does not find a child that it never had.
 */
const guarded = `
({ trap '' HUP INT TERM; read -r _ <&3; kill -9 0; } </dev/null >/dev/null 2>&1 &)
exec "$@" 3<&-`

/**
 * Starts a command as the leader of a group of its own, so that Ctrl-C at the terminal does not reach it.
 *
 * When this process goes, even by SIGKILL, the whole group is killed at once. When the leader ends, so does the rest.
 * A command that does not exist ends with 127, and says so in its errors.
 */
export function launch(command: string, args: readonly string[], { stdio, ...options }: LaunchOptions): ChildProcess {
  const child = spawn('/bin/sh', ['-c', guarded, 'sh', command, ...args], {
    ...options,
    detached: true,
    stdio: [...stdio, 'pipe'],
  })
  const { pid } = child
  // The guard keeps the number of the group from being used again until here.
  if (pid !== undefined) child.once('exit', () => signalGroup(pid, 'SIGKILL'))
  const lifeline = child.stdio[3]
  if (lifeline instanceof Socket) lifeline.on('error', () => {}).unref()
  return child
}

/** Has a command run when this process ends before the returned function is called. */
export function lastWill(command: string, args: readonly string[]): () => void {
  const script = `trap '' HUP INT TERM; read -r _; exec "$@" </dev/null`
  const heir = spawn('/bin/sh', ['-c', script, 'sh', command, ...args], {
    cwd: '/',
    env: childEnvironment(),
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  heir.stdin?.on('error', () => {})
  heir.unref()
  if (heir.stdin instanceof Socket) heir.stdin.unref()
  return () => heir.kill('SIGKILL')
}

export function isAlive(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

/** Sends a signal to the command, with all that it has started. Pausing is for the command alone: its guard stays awake. */
export function send(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || !isAlive(child)) return
  if (signal === 'SIGSTOP' || signal === 'SIGCONT') child.kill(signal)
  else signalGroup(child.pid, signal)
}

/** Ends a command: asks, and after `graceMs` kills. Resolves when it is gone. A paused one is woken, so that it can hear. */
export async function end(child: ChildProcess, graceMs: number, ask: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (!isAlive(child)) return
  const exit = new Promise((done) => child.once('exit', done))
  send(child, ask)
  send(child, 'SIGCONT')
  const timer = setTimeout(() => send(child, 'SIGKILL'), graceMs)
  await exit
  clearTimeout(timer)
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal)
  } catch (error) {
    // EPERM is what macOS answers for a group of which only unclaimed remains are left.
    if (!(error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'EPERM'))) throw error
  }
}
