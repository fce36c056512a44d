/**
 * Everything that the chat backend needs on this machine, and the backend itself.
 *
 *     npm start                  on http://localhost:8080
 *     PORT=8090 npm start        on another port
 *     npm start -- --verbose     with the functions' log on the terminal
 *
 * Ctrl-C stops what was started; a second Ctrl-C ends it at once. Data stays in .services/data.
 */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { readPort } from './address.ts'
import { type App, startApp } from './app.ts'
import { banner } from './banner.ts'
import { titles } from './services/choose.ts'
import { run } from './services/command.ts'
import { childEnvironment } from './services/environment.ts'
import { lastLines, sentenceOf } from './services/failure.ts'
import { type Services, StartFailure, startServices } from './services/index.ts'
import { holder, inUse } from './services/lock.ts'
import { isPortTaken } from './services/port.ts'

const root = resolve(import.meta.dirname, '..')
const dataDir = join(root, '.services/data')
const logFile = join(root, '.services/start.log')

if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'))
const isVerbose = process.argv.includes('--verbose') || process.env.LOG_LEVEL === 'debug'
const say = (line: string): void => console.log(line)

/** Where other commands find what this start has started. */
const environmentFile = join(root, '.services/environment')
const interrupted = new AbortController()
let services: Services | undefined
let app: App | undefined

/** Runs until it is interrupted. @throws StartFailure when something does not start, or ends by itself. */
async function start(): Promise<void> {
  const { signal } = interrupted
  const port = readPort(process.env.PORT)
  await checkPlace(port)
  mkdirSync(dataDir, { recursive: true })
  writeFileSync(logFile, '')

  services = await timed('MySQL, Redis and Kafka are ready', () =>
    startServices({ dataDir, keepData: true, say, signal }),
  )
  const environment = { STAGE: 'local', ...services.environment }
  writeFileSync(
    environmentFile,
    Object.entries({ PORT: port, ...services.environment })
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  await timed('The database has its tables', () => script('infra/migrate.ts', environment))
  await timed('The API page is written', () => script('infra/build-api-page.ts', environment))
  app = await timed('The functions answer', () => startApp({ environment, port, logFile, say, isVerbose, signal }))
  say(banner(port))

  const log = isVerbose ? 'its output is above' : `its log is ${short(logFile)}`
  const death = await Promise.race([
    new Promise<undefined>((done) => signal.addEventListener('abort', () => done(undefined))),
    services.died.then(
      (died) => `${titles[died.service]} has ended (${died.detail}); its log is ${short(died.logFile)}`,
    ),
    app.died.then((detail) => `The functions' process has ended (${detail}); ${log}`),
  ])
  if (death)
    throw new StartFailure(`${death}. Everything is stopped now: look there for the cause, then run npm start again.`)
}

async function stop(): Promise<void> {
  await app?.stop()
  await services?.stop()
}

/** Tells what stands in the way before anything is started. */
async function checkPlace(port: number): Promise<void> {
  const other = holder(dataDir)
  if (other) throw new StartFailure(inUse(short(dataDir), other))
  if (await isPortTaken(port)) {
    const next = port < 65_526 ? port + 10 : port - 10
    throw new StartFailure(
      `Port ${port} is used by another program, or the system keeps it back. Choose another: PORT=${next} npm start`,
    )
  }
}

async function script(path: string, added: NodeJS.ProcessEnv): Promise<void> {
  const { exitCode, isTimedOut } = await run(process.execPath, [path], {
    timeoutMs: 120_000,
    logFile,
    directory: root,
    environment: childEnvironment(added),
    signal: interrupted.signal,
  })
  if (exitCode === 0) return
  const how = isTimedOut ? 'did not finish within 120 s' : 'failed'
  throw new StartFailure(`${path} ${how}. The end of ${short(logFile)}:\n${lastLines(logFile)}`)
}

async function timed<T>(done: string, step: () => Promise<T>): Promise<T> {
  const begun = performance.now()
  const result = await step()
  say(`${done} (${((performance.now() - begun) / 1000).toFixed(1)} s)`)
  return result
}

function short(path: string): string {
  return relative(process.cwd(), path)
}

let firstSignalMs = 0
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!interrupted.signal.aborted) {
      firstSignalMs = performance.now()
      say('Stopping. Ctrl-C again ends everything at once.')
      interrupted.abort(new StartFailure('Stopped before everything was started.'))
      return
    }
    // npm passes on the Ctrl-C that the terminal has already sent here: both are one.
    if (performance.now() - firstSignalMs < 500) return
    app?.kill('SIGKILL')
    for (const server of [services?.mysql, services?.redis, services?.kafka]) server?.kill('SIGKILL')
    process.exit(130)
  })
}
// A terminal that has been closed takes no more lines; the stop goes on without it.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

let exitCode = 0
try {
  await start()
} catch (error) {
  exitCode = interrupted.signal.aborted ? 0 : 1
  say(sentenceOf(error))
}
await stop()
if (services || interrupted.signal.aborted) say('stopped')
process.exit(exitCode)
