/**
 * Starts the chat backend with everything that it needs on this machine.
 *
 *     npm start                  on http://localhost:8080
 *     PORT=8090 npm start        on another port
 *     MEDIA_PORT=0 npm start     without the second port, for stored files alone
 *     npm start -- --verbose     with the functions' log on the terminal
 *
 * Ctrl-C stops everything; a second Ctrl-C kills it at once. Data stays in .services/data.
 */

import { existsSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { isBuilt } from '../web/app/build.ts'
import { readMediaPort, readPort } from './address.ts'
import { type App, startApp } from './app.ts'
import { banner } from './banner.ts'
import { runScript } from './script.ts'
import { titles } from './services/choose.ts'
import { StartFailure, sentenceOf } from './services/failure.ts'
import { type Services, startServices } from './services/index.ts'
import { lock } from './services/lock.ts'
import { isPortTaken, mustBeFree } from './services/port.ts'

const root = resolve(import.meta.dirname, '..')
const dataDir = join(root, '.services/data')
const logFile = join(root, '.services/start.log')
const pageLogFile = join(root, '.services/page.log')

if (existsSync(join(root, '.env'))) process.loadEnvFile(join(root, '.env'))
const isVerbose = process.argv.includes('--verbose') || process.env.LOG_LEVEL === 'debug'
const say = (line: string): void => console.log(line)

/** The port and the addresses, for other commands. */
const environmentFile = join(root, '.services/environment')
const interrupted = new AbortController()
let services: Services | undefined
let app: App | undefined

/** Runs until it is interrupted. @throws StartFailure when something does not start, or ends by itself. */
async function start(): Promise<void> {
  const { signal } = interrupted
  const port = readPort(process.env.PORT)
  lock(short(dataDir))
  const mediaPort = await freeMediaPort(readMediaPort(process.env.MEDIA_PORT))
  await mustBeFree(port)
  for (const file of [logFile, pageLogFile]) writeFileSync(file, '')

  // While the servers start. What goes wrong is told in its turn.
  const page = buildPage(signal)
  page.catch(() => {})
  services = await timed('MySQL, Redis, Kafka and S3 are ready', () =>
    startServices({ dataDir, keepData: true, say, signal }),
  )
  const environment = { STAGE: 'local', ...services.environment }
  writeFileSync(
    environmentFile,
    Object.entries({ PORT: port, ...services.environment })
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
  await timed('The database has its tables', () => runScript('infra/migrate.ts', logFile, environment, signal))
  await timed('The API page is written', () => runScript('infra/build-api-page.ts', logFile, {}, signal))
  await page
  app = await timed('The functions answer', () =>
    startApp({ environment, port, mediaPort, logFile, say, isVerbose, signal }),
  )
  say(banner(port, mediaPort))

  const log = isVerbose ? 'its output is above' : `its log is ${short(logFile)}`
  const death = await Promise.race([
    new Promise<undefined>((done) => signal.addEventListener('abort', () => done(undefined))),
    services.died.then(
      (died) => `${titles[died.service]} has ended (${died.detail}); its log is ${short(died.logFile)}`,
    ),
    app.died.then((detail) => `The functions' process has ended (${detail}); ${log}`),
  ])
  if (death)
    throw new StartFailure(`${death}. Everything is being stopped. Look there for the cause, then run npm start again.`)
}

/** The port, or 0 when another program has it: nothing of ours needs it. */
async function freeMediaPort(port: number): Promise<number> {
  if (port === 0 || !(await isPortTaken(port))) return port
  say(`Port ${port} is used by another program: stored files are served on the main port alone.`)
  return 0
}

async function buildPage(signal: AbortSignal): Promise<void> {
  if (await isBuilt()) return
  await timed('The page is built', () => runScript('web/app/build.ts', pageLogFile, {}, signal))
}

async function stop(): Promise<void> {
  await app?.stop()
  await services?.stop()
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
      say('Stopping. Ctrl-C again kills everything at once.')
      interrupted.abort(new StartFailure('Stopped before everything was started.'))
      return
    }
    // The terminal and npm both send the first Ctrl-C.
    if (performance.now() - firstSignalMs < 500) return
    app?.kill('SIGKILL')
    for (const server of [services?.mysql, services?.redis, services?.kafka, services?.storage]) server?.kill('SIGKILL')
    process.exit(130)
  })
}
// Writing to a closed terminal fails; the stop continues without it.
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
