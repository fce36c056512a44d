/** The functions on this machine: serverless-offline and the parts of AWS that it does not play, one process behind one port. */

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { untilAnswered } from './services/answer.ts'
import { lastLines, StartFailure } from './services/failure.ts'
import { endLeftover, note } from './services/leftover.ts'
import { choosePorts } from './services/port.ts'
import { inspect, signalGroup, terminate } from './services/process.ts'

export interface App {
  /** The one origin of the HTTP API, the WebSocket API and the API page. */
  url: string
  pid: number
  /** The ports of serverless-offline behind it: the WebSocket API's management endpoint, and the Invoke API. */
  ports: { webSocket: number; invoke: number }
  logFile: string
  /** Resolves when the process ends and nobody asked for it. */
  died: Promise<string>
  /** Sends a signal. An end that follows is wanted: it is not reported as a death. */
  kill(signal: NodeJS.Signals): void
  /** Asks it to end, and after 15 s kills it; resolves when it is gone. */
  stop(): Promise<void>
}

export interface AppOptions {
  /** What the functions read: the services' addresses above all. Added to this process's own. */
  environment: NodeJS.ProcessEnv
  port: number
  /** Where its output goes; beside it stands a note about its process. */
  logFile: string
  say: (line: string) => void
  /** Shows the output on the terminal instead. */
  isVerbose?: boolean
  /** Gives the start up: the process is ended before the promise rejects with the signal's reason. */
  signal?: AbortSignal
}

const root = resolve(import.meta.dirname, '..')
const serverless = join(root, 'node_modules/serverless/bin/serverless.js')
const readyWithinMs = 60_000
const farewellMs = 2_000
// Some 220 are in use once every function has been called. Left to itself, V8 takes the size of the machine for an
// invitation, and lets garbage lie until there is a gigabyte of it.
const maxHeapMb = 1_024

/**
 * Starts the functions and resolves when `GET /api/health` answers 200.
 *
 * The process leads a group of its own: Ctrl-C at the terminal does not reach it.
 *
 * @throws StartFailure when it ends early or does not become healthy within 60 s, with the end of its log.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { port, say, signal: giveUp } = options
  const logFile = resolve(options.logFile)
  await endLeftoverApp(logFile)
  giveUp?.throwIfAborted()

  const [http = 0, webSocket = 0, invoke = 0] = await choosePorts([3000, 3001, 3002])
  // Two apps of one checkout, such as `npm start` beside `npm test`, must not build into one folder.
  const buildFolder = `.esbuild/${port}`
  const child = launch(options.isVerbose ? undefined : logFile, {
    ...process.env,
    ...options.environment,
    STAGE: 'local',
    PORT: String(port),
    OFFLINE_HTTP_PORT: String(http),
    OFFLINE_WEBSOCKET_PORT: String(webSocket),
    OFFLINE_INVOKE_PORT: String(invoke),
    GATEWAY_ENDPOINT: `http://127.0.0.1:${webSocket}`,
    BUILD_FOLDER: buildFolder,
    // A line for each invocation costs as much as a part of the work.
    ...(!options.isVerbose && { SLS_LOG_LEVEL: 'warning' }),
  })
  const pid = child.pid
  if (pid === undefined) throw new StartFailure(`The functions could not be started: ${process.execPath} does not run.`)
  note(noteFile(logFile), pid)

  const { promise: died, resolve: die } = Promise.withResolvers<string>()
  const ending = new AbortController()
  let isEndWanted = false
  child.once('exit', (code, cause) => {
    process.off('exit', killNow)
    ending.abort()
    if (!isEndWanted) die(code === null ? `signal ${cause}` : `exit code ${code}`)
  })
  const killNow = () => signalGroup(pid, 'SIGKILL')
  process.on('exit', killNow)
  const stop = async () => {
    isEndWanted = true
    await sayFarewell(invoke)
    await end(child, pid)
    rmSync(join(root, buildFolder), { recursive: true, force: true })
  }

  const url = `http://127.0.0.1:${port}`
  try {
    const signals = giveUp ? [ending.signal, giveUp] : [ending.signal]
    await untilAnswered(() => isHealthy(url), readyWithinMs, AbortSignal.any(signals))
    ending.signal.throwIfAborted()
  } catch (error) {
    const hasEnded = ending.signal.aborted
    await stop()
    giveUp?.throwIfAborted()
    const why = error instanceof Error ? error.message : String(error)
    const what = hasEnded ? 'ended while they started' : `are not healthy after ${readyWithinMs / 1000} s (${why})`
    const log = options.isVerbose
      ? 'Their output is above.'
      : `The end of their log, ${logFile}:\n${lastLines(logFile)}`
    throw new StartFailure(`The functions ${what}. ${log}`)
  }
  say(`Functions: ${url}`)
  const kill = (signal: NodeJS.Signals) => {
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') isEndWanted = true
    signalGroup(pid, signal)
  }
  return { url, pid, ports: { webSocket, invoke }, logFile, died, kill, stop }
}

/** Ends the functions of an earlier start that was killed before it could. */
export async function endLeftoverApp(logFile: string): Promise<void> {
  await endLeftover(noteFile(resolve(logFile)), serverless)
}

/** The usual port if it is free, else another. */
export async function freePort(usual: number): Promise<number> {
  const [port = 0] = await choosePorts([usual])
  return port
}

function launch(logFile: string | undefined, environment: NodeJS.ProcessEnv): ChildProcess {
  const args = [`--max-old-space-size=${maxHeapMb}`, serverless, 'offline', 'start']
  const common = { cwd: root, env: environment, detached: true }
  if (logFile === undefined)
    return spawn(process.execPath, args, { ...common, stdio: ['ignore', 'inherit', 'inherit'] })
  mkdirSync(dirname(logFile), { recursive: true })
  const log = openSync(logFile, 'a')
  try {
    return spawn(process.execPath, args, { ...common, stdio: ['ignore', log, log] })
  } finally {
    closeSync(log)
  }
}

async function end(child: ChildProcess, pid: number): Promise<void> {
  const running = inspect(pid)
  if (running && child.exitCode === null && child.signalCode === null) {
    const exit = new Promise((done) => child.once('exit', done))
    await terminate(running, 15_000, 'SIGINT')
    await exit
  }
  // What it had started itself, the bundler for one, is of its group.
  signalGroup(pid, 'SIGKILL')
}

/** Lets the service tell its clients that it goes down. It need not succeed: the process may be gone or stuck. */
async function sayFarewell(invokePort: number): Promise<void> {
  const path = '2015-03-31/functions/gochat-local-operationsFarewell/invocations'
  const signal = AbortSignal.timeout(farewellMs)
  await fetch(`http://127.0.0.1:${invokePort}/${path}`, { method: 'POST', body: '{}', signal }).catch(() => undefined)
}

async function isHealthy(url: string): Promise<void> {
  const response = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(5_000) })
  const body = await response.text()
  if (response.status !== 200) throw new Error(`/api/health answers ${response.status}: ${body.slice(0, 200)}`)
}

function noteFile(logFile: string): string {
  return `${logFile}.pid`
}
