/** The system to measure: servers and functions that the bench starts empty, or a server that already runs. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, freePort, startApp } from '../infra/app.ts'
import { createCleanup } from '../infra/cleanup.ts'
import { runScript } from '../infra/script.ts'
import { type Services, startServices } from '../infra/services/index.ts'
import type { Pids } from './result.ts'

/** Enough for a workload that speaks only GoChat's own protocol. */
export interface Target {
  /** The origin, without a slash at its end. */
  readonly base: string
  readonly pids: Pids
  /** Absent when the database is not known: then storage is judged by the history. */
  readonly mysqlUrl?: string
}

/** Own servers: workloads may write to them past the API, and stop the functions. */
export interface Testbed extends Target {
  readonly mysqlUrl: string
  readonly kafkaBrokers: readonly string[]
  /** The functions' environment. */
  readonly environment: Readonly<Record<string, string>>
  /** Where the functions' process answers an inspector, once it is asked to by SIGUSR1. */
  readonly inspectPort: number
  /** How long the start took, as `npm start` would: on empty directories, and again on the same data. */
  readonly readySeconds: { empty: number; warm?: number }
  /** Resolves with a sentence when a process ends and nobody asked for it. */
  readonly died: Promise<string>
  /** Stops the functions, waits for `between`, and starts them again on the same port. */
  restartFunctions(between: () => Promise<void>): Promise<void>
  stop(): Promise<void>
}

// The load stands for many people, but comes from one address: what is not lifted locally is lifted here.
const settings = {
  STAGE: 'local',
  LOG_LEVEL: 'warn',
  PASSWORD_FAILURES_FREE: '1000000',
  PASSWORD_FAILURES_IN_A_ROW: '1000000',
}

/** A database that somebody else runs. */
export interface GivenDatabase {
  url: string
  /** The server's process on this machine, for its CPU. */
  pid?: number
}

interface Options {
  say: (line: string) => void
  signal?: AbortSignal
  isWarm?: boolean
  /** More of the functions' environment. */
  environment?: Readonly<Record<string, string>>
  /** A source map beside each bundle. */
  hasSourceMaps?: boolean
  /** A database to fill in place of one of its own: made if it is missing, left as it is in the end. */
  mysql?: GivenDatabase
}

/**
 * Starts everything empty, and once more on its data if `isWarm`. Nothing of it is left when the promise rejects, or
 * after `stop`.
 */
export async function openTestbed(options: Options): Promise<Testbed> {
  const folder = await mkdtemp(join(tmpdir(), 'gochat-bench-'))
  const secret = randomBytes(32).toString('hex')
  const start = () => startAll(folder, secret, options)
  const forget = () => rm(folder, { recursive: true, force: true })
  try {
    const empty = await timed(start)
    if (options.isWarm) await empty.result.stop()
    const warm = options.isWarm ? await timed(start) : undefined
    const { result } = warm ?? empty
    return {
      ...result,
      readySeconds: { empty: empty.seconds, ...(warm && { warm: warm.seconds }) },
      stop: () => result.stop().then(forget),
    }
  } catch (error) {
    await forget()
    throw error
  }
}

async function startAll(folder: string, secret: string, options: Options): Promise<Omit<Testbed, 'readySeconds'>> {
  const cleanup = createCleanup(options.say)
  try {
    const services = await startStores(folder, options)
    cleanup.add(() => services.stop())
    const environment = { ...settings, ...options.environment, JWT_SECRET: secret, ...services.environment }
    await prepare(folder, environment)

    const { promise: died, resolve: die } = Promise.withResolvers<string>()
    void services.died.then(({ service, detail }) => die(`${service} has ended: ${detail}`))
    const pids = { ...pidsOf(services), ...(options.mysql?.pid && { mysql: options.mysql.pid }) }
    const functions = await functionsIn(folder, environment, pids, die, options)
    cleanup.add(functions.stop)
    await functions.start()
    return {
      base: functions.base,
      pids,
      mysqlUrl: services.environment.MYSQL_URL,
      kafkaBrokers: services.environment.KAFKA_BROKERS.split(','),
      environment,
      inspectPort: functions.inspectPort,
      died,
      async restartFunctions(between) {
        await functions.stop()
        await between()
        await functions.start()
      },
      stop: cleanup.run,
    }
  } catch (error) {
    await cleanup.run()
    throw error
  }
}

// The shell's addresses are ignored: the bench fills only its own servers and the database that it is given.
function startStores(folder: string, { say, signal, mysql }: Options): Promise<Services> {
  const environment = mysql ? { MYSQL_URL: mysql.url } : {}
  return startServices({ dataDir: join(folder, 'data'), keepData: true, environment, say, signal })
}

async function prepare(folder: string, environment: NodeJS.ProcessEnv): Promise<void> {
  for (const script of ['infra/migrate.ts', 'infra/build-api-page.ts']) {
    await runScript(script, join(folder, 'prepare.log'), environment)
  }
}

/** The functions, which may be stopped and started again on the same port. */
async function functionsIn(
  folder: string,
  environment: NodeJS.ProcessEnv,
  pids: Pids,
  die: (sentence: string) => void,
  { say, signal, hasSourceMaps }: Options,
) {
  const port = await freePort(18_190)
  const inspectPort = await freePort(19_229)
  const inspectable = {
    ...environment,
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --inspect-port=${inspectPort}`,
    ...(hasSourceMaps && { BUILD_SOURCE_MAP: 'external' }),
  }
  let app: App | undefined
  return {
    base: `http://127.0.0.1:${port}`,
    inspectPort,
    async start() {
      app = await startApp({ environment: inspectable, port, logFile: join(folder, 'app.log'), say, signal })
      pids.functions = app.pid
      void app.died.then((detail) => die(`the functions' process has ended: ${detail}`))
    },
    stop: async () => app?.stop(),
  }
}

// Servers in containers have none.
function pidsOf({ mysql, redis, kafka }: Services): Pids {
  const pids = { mysql: mysql?.pid, redis: redis?.pid, kafka: kafka?.pid }
  return Object.fromEntries(Object.entries(pids).filter(([, pid]) => pid))
}

async function timed<T>(step: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const begun = performance.now()
  const result = await step()
  return { result, seconds: Math.round((performance.now() - begun) / 100) / 10 }
}
