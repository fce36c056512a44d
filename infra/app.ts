/** The functions on this machine: serverless-offline and our emulation of what it lacks, in one process behind one port. */

import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { originsOf } from './address.ts'
import { childEnvironment } from './services/environment.ts'
import { choosePorts, mustBeFree, onFreePorts } from './services/port.ts'
import { createServer } from './services/server.ts'

export interface App {
  /** The one origin of the page, the HTTP API, the WebSocket API and the API page. */
  url: string
  pid: number
  /** Addresses behind it: of the WebSocket API's management endpoint and of the Invoke API. They hold this start's secret. */
  inner: { posts: string; invocations: string }
  /** Resolves with the cause when the process ends by itself. */
  died: Promise<string>
  /** Sends a signal. An end that follows is expected: it is not reported as a death. */
  kill(signal: NodeJS.Signals): void
  /** Asks it to end, kills it after 15 s, and resolves when it is gone. */
  stop(): Promise<void>
}

export interface AppOptions {
  /** Added to what the functions get of this process's environment: above all, the services' addresses. */
  environment: NodeJS.ProcessEnv
  /** 0 takes any free one. */
  port: number
  /** Another port for stored files; without it, or with 0, there is none. One that is taken is done without. */
  mediaPort?: number
  /** Where its output is appended. */
  logFile: string
  say: (line: string) => void
  /** What those must know who ask the addresses behind the origin: by default a new one. */
  secret?: string
  /** Shows the output on the terminal instead. */
  isVerbose?: boolean
  /** Cancels the start: the process is ended before the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined
}

const root = resolve(import.meta.dirname, '..')
const serverless = join(root, 'node_modules/serverless/bin/serverless.js')
// Some 220 are in use once every function has been called. By default V8 sizes its heap by the machine, and would let
// garbage grow to a gigabyte.
const maxHeapMb = 1_024
// V8 marks garbage in four threads by default. On two processors they leave so little to the servers and to this process that all
// messages of a tenth of a second wait.
const collectingThreads = Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2)))

/**
 * Starts the functions and resolves when `GET /api/health` answers 200.
 *
 * Ctrl-C at the terminal does not reach its process, which ends with this one.
 *
 * @throws StartFailure when the port is taken, or it ends early or is not healthy within 3 minutes, with the end of its log.
 */
export async function startApp(options: AppOptions): Promise<App> {
  // Nobody has to know the internal ports, so any will do, and those of two starts differ.
  return await onFreePorts([0, 0, 0], async ([posts = 0, invocations = 0, any = 0]) => {
    if (options.port !== 0) await mustBeFree(options.port)
    const secret = options.secret ?? randomBytes(24).toString('base64url')
    return await startOn({ posts, invocations, secret }, { ...options, port: options.port || any })
  })
}

interface Behind {
  /** Ports. */
  posts: number
  invocations: number
  secret: string
}

async function startOn(behind: Behind, options: AppOptions): Promise<App> {
  const { port, logFile, say, isVerbose, signal } = options
  // Two apps of one checkout, such as `npm start` beside `npm test`, must not write into the same folders.
  const folders = { build: `.esbuild/${port}`, home: `.services/home/${port}` }
  const clean = () => {
    for (const folder of Object.values(folders)) rmSync(join(root, folder), { recursive: true, force: true })
  }
  // What a killed one has left.
  clean()
  mkdirSync(join(root, folders.home), { recursive: true })
  const url = `http://127.0.0.1:${port}`
  const inner = addressesOf(behind)
  const program = {
    title: 'The functions',
    command: process.execPath,
    args: [`--max-old-space-size=${maxHeapMb}`, `--v8-pool-size=${collectingThreads}`, serverless, 'offline', 'start'],
    directory: root,
    probe: () => probe(url, inner.posts),
    environment: environmentOf(behind, options, folders),
    logFile: isVerbose ? undefined : logFile,
  }
  const { promise: died, resolve: onDied } = Promise.withResolvers<string>()
  const server = createServer(program, onDied)
  const stop = async () => {
    await server.stop()
    clean()
  }
  await server.start(signal).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  say(`Functions: ${url}`)
  return { url, pid: server.pid ?? 0, inner, died, kill: server.kill, stop }
}

function environmentOf(
  behind: Behind,
  { port, mediaPort = 0, environment, isVerbose }: AppOptions,
  { build, home }: { build: string; home: string },
): NodeJS.ProcessEnv {
  const { posts, invocations } = addressesOf(behind)
  return childEnvironment({
    KAFKA_EVENT_SOURCE_INVOKE_URL: invocations,
    COOKIE_ORIGINS: process.env.COOKIE_ORIGINS || originsOf(port).join(','),
    ...environment,
    // The framework writes files to both, and a machine may have neither.
    HOME: join(root, home),
    TMPDIR: join(root, home),
    STAGE: 'local',
    PORT: String(port),
    MEDIA_PORT: String(mediaPort),
    EDGE_MANAGEMENT_PORT: String(behind.posts),
    EDGE_INVOKE_PORT: String(behind.invocations),
    EDGE_SECRET: behind.secret,
    GATEWAY_ENDPOINT: posts,
    BUILD_FOLDER: build,
    // A line for each invocation costs a noticeable part of the work.
    ...(!isVerbose && { SLS_LOG_LEVEL: 'warning' }),
  })
}

function addressesOf({ posts, invocations, secret }: Behind): App['inner'] {
  const at = (port: number) => `http://127.0.0.1:${port}/${secret}`
  return { posts: at(posts), invocations: at(invocations) }
}

/** The usual port if it is free, else another. */
export async function freePort(usual: number): Promise<number> {
  const [port = 0] = await choosePorts([usual])
  return port
}

/** The management endpoint tells these functions from those of another start on the same port. */
async function probe(url: string, posts: string): Promise<void> {
  const { status } = await fetch(posts, { signal: AbortSignal.timeout(5_000) })
  if (status === 403) throw new Error('The management endpoint is that of another start')
  const response = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(5_000) })
  const body = await response.text()
  if (response.status !== 200) throw new Error(`/api/health answers ${response.status}: ${body.slice(0, 200)}`)
}
