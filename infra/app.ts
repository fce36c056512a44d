/** The functions on this machine: serverless-offline and the parts of AWS that it does not play, one process behind one port. */

import type { ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { originsOf } from './address.ts'
import { untilAnswered } from './services/answer.ts'
import { childEnvironment } from './services/environment.ts'
import { lastLines, StartFailure } from './services/failure.ts'
import { end, launch, send } from './services/launch.ts'
import { choosePorts } from './services/port.ts'

export interface App {
  /** The one origin of the HTTP API, the WebSocket API and the API page. */
  url: string
  pid: number
  /** The ports behind it: the WebSocket API's management endpoint, and the Invoke API. */
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
  /** What the functions read: the services' addresses above all. Added to what they may see of this process's own. */
  environment: NodeJS.ProcessEnv
  port: number
  /** Where its output goes. */
  logFile: string
  say: (line: string) => void
  /** Shows the output on the terminal instead. */
  isVerbose?: boolean
  /** Gives the start up: the process is ended before the promise rejects with the signal's reason. */
  signal?: AbortSignal
}

const root = resolve(import.meta.dirname, '..')
const serverless = join(root, 'node_modules/serverless/bin/serverless.js')
const home = join(root, '.services/home')
const readyWithinMs = 60_000
// Some 220 are in use once every function has been called. Left to itself, V8 takes the size of the machine for an
// invitation, and lets garbage lie until there is a gigabyte of it.
const maxHeapMb = 1_024

/**
 * Starts the functions and resolves when `GET /api/health` answers 200.
 *
 * Ctrl-C at the terminal does not reach its process, and the end of this one, however it comes, ends it.
 *
 * @throws StartFailure when it ends early or does not become healthy within 60 s, with the end of its log.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { port, say, signal: giveUp } = options
  const logFile = resolve(options.logFile)
  giveUp?.throwIfAborted()

  const [webSocket = 0, invoke = 0] = await choosePorts([3001, 3002])
  // Two apps of one checkout, such as `npm start` beside `npm test`, must not build into one folder.
  const buildFolder = `.esbuild/${port}`
  const environment = childEnvironment({
    COOKIE_ORIGINS: process.env.COOKIE_ORIGINS || originsOf(port).join(','),
    ...options.environment,
    // The framework keeps files in both, and a machine may have neither.
    HOME: home,
    TMPDIR: home,
    STAGE: 'local',
    PORT: String(port),
    EDGE_MANAGEMENT_PORT: String(webSocket),
    OFFLINE_INVOKE_PORT: String(invoke),
    GATEWAY_ENDPOINT: `http://127.0.0.1:${webSocket}`,
    BUILD_FOLDER: buildFolder,
    // A line for each invocation costs as much as a part of the work.
    ...(!options.isVerbose && { SLS_LOG_LEVEL: 'warning' }),
  })
  mkdirSync(home, { recursive: true })
  const child = begin(options.isVerbose ? undefined : logFile, environment)
  const { pid } = child
  if (pid === undefined) throw new StartFailure(`The functions could not be started in ${root}.`)

  const { promise: died, resolve: die } = Promise.withResolvers<string>()
  const ending = new AbortController()
  let isEndWanted = false
  child.once('exit', (code, cause) => {
    ending.abort()
    if (!isEndWanted) die(code === null ? `signal ${cause}` : `exit code ${code}`)
  })
  const stop = async () => {
    isEndWanted = true
    await end(child, 15_000, 'SIGINT')
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
    send(child, signal)
  }
  return { url, pid, ports: { webSocket, invoke }, logFile, died, kill, stop }
}

/** The usual port if it is free, else another. */
export async function freePort(usual: number): Promise<number> {
  const [port = 0] = await choosePorts([usual])
  return port
}

function begin(logFile: string | undefined, env: NodeJS.ProcessEnv): ChildProcess {
  const args = [`--max-old-space-size=${maxHeapMb}`, serverless, 'offline', 'start']
  const common = { cwd: root, env }
  if (logFile === undefined)
    return launch(process.execPath, args, { ...common, stdio: ['ignore', 'inherit', 'inherit'] })
  mkdirSync(dirname(logFile), { recursive: true })
  const log = openSync(logFile, 'a')
  try {
    return launch(process.execPath, args, { ...common, stdio: ['ignore', log, log] })
  } finally {
    closeSync(log)
  }
}

async function isHealthy(url: string): Promise<void> {
  const response = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(5_000) })
  const body = await response.text()
  if (response.status !== 200) throw new Error(`/api/health answers ${response.status}: ${body.slice(0, 200)}`)
}
