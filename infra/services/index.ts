/** MySQL, Redis and Kafka on this machine, for `npm start` and for tests. */

import { rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { kafkaAnswers, mysqlAnswers, redisAnswers, type Topic, untilAnswered } from './answer.ts'
import { type Addresses, addressNames, type Choice, choose, type ServiceName, serviceNames, titles } from './choose.ts'
import { composeUp, dockerProblem } from './docker.ts'
import { StartFailure } from './failure.ts'
import { endLeftover, lock } from './leftover.ts'
import { mavenProblem, unpacked } from './maven.ts'
import { choosePorts, isPortTaken } from './port.ts'
import { programs, usualPorts } from './program.ts'
import { own, type Server } from './server.ts'

export type { Topic } from './answer.ts'
export type { Addresses, ServiceName } from './choose.ts'
export { StartFailure } from './failure.ts'
export type { Server } from './server.ts'

export interface Death {
  service: ServiceName
  detail: string
  logFile: string
}

export interface Services {
  environment: Addresses
  /** A line for each service: where it is, and why there. */
  chosen: string[]
  /** The processes that this launcher owns: all three by the Maven way, none by the others. */
  mysql?: Server
  redis?: Server
  kafka?: Server
  /** Resolves when an owned process ends and nobody asked for it; stays pending otherwise. */
  died: Promise<Death>
  /** Ends what was started here, and nothing that was given. May be called twice. */
  stop(): Promise<void>
}

export interface StartOptions {
  /** Data, logs and process notes of the servers started here. */
  dataDir: string
  /** Whether data outlives the stop; without it the services start empty. */
  keepData: boolean
  /** Made if they are missing. */
  topics: readonly Topic[]
  say: (line: string) => void
  /** Where addresses are looked for. */
  environment?: NodeJS.ProcessEnv
  /** Gives the start up: what has begun is ended before the promise rejects with the signal's reason. */
  signal?: AbortSignal
}

/** Where the servers of the Maven way are unpacked. */
const programsDir = resolve(import.meta.dirname, '../../.services')

/**
 * Starts MySQL, Redis and Kafka, or takes them as the environment names them, and resolves when all three answer.
 *
 * The data directory belongs to one start at a time. Processes that a killed start left behind in it are ended first.
 *
 * @throws StartFailure with sentences for the person at the terminal; nothing that was started is left running.
 */
export async function startServices(options: StartOptions): Promise<Services> {
  const { environment = process.env, say } = options
  const signal = options.signal ?? new AbortController().signal
  const dataDir = resolve(options.dataDir)
  const choice = await choose(environment, { docker: dockerProblem, maven: () => mavenProblem(programsDir) })
  const unlock = choice.way === undefined ? () => {} : lock(dataDir)
  const undo: (() => Promise<void>)[] = []
  const stop = once(async () => {
    await Promise.all(undo.map((step) => step()))
    if (choice.way !== undefined && !options.keepData) removeData(dataDir)
    unlock()
  })
  try {
    const chosen = choice.given.map((name) => describe(name, environment[addressNames[name]] ?? '', choice))
    for (const line of chosen) say(line)
    const given = Promise.all(choice.given.map((name) => givenAnswers(name, environment, options.topics, signal)))
    const start = choice.way === 'docker' ? startContainers : startServers
    const [started] = await together([start({ ...options, signal, dataDir }, choice, undo), given])
    signal.throwIfAborted()
    return {
      ...started,
      environment: addresses(environment, started.addresses),
      chosen: [...chosen, ...started.chosen],
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

type Bounds = StartOptions & { signal: AbortSignal }

interface Started extends Pick<Services, 'mysql' | 'redis' | 'kafka' | 'died' | 'chosen'> {
  addresses: Partial<Addresses>
}

async function startContainers(options: Bounds, choice: Choice, undo: (() => Promise<void>)[]): Promise<Started> {
  const { dataDir, keepData, topics, say, signal } = options
  const logFile = join(dataDir, 'docker.log')
  writeFileSync(logFile, '')
  say(
    `Starting ${choice.missing.map((name) => titles[name]).join(', ')} with Docker (the first time fetches the images)`,
  )
  const containers = await composeUp(choice.missing, { dataDir, keepData, logFile, signal })
  undo.push(containers.stop)
  await together(choice.missing.map((name) => givenAnswers(name, containers.addresses, topics, signal)))
  const chosen = choice.missing.map((name) => describe(name, containers.addresses[addressNames[name]] ?? '', choice))
  for (const line of chosen) say(line)
  return { addresses: containers.addresses, chosen, died: new Promise(() => {}) }
}

async function givenAnswers(
  name: ServiceName,
  environment: NodeJS.ProcessEnv | Partial<Addresses>,
  topics: readonly Topic[],
  signal: AbortSignal,
): Promise<void> {
  const address = environment[addressNames[name]] ?? ''
  const attempts: Record<ServiceName, () => Promise<void>> = {
    mysql: () => mysqlAnswers(address),
    redis: () => redisAnswers(address),
    kafka: () => kafkaAnswers(address.split(','), topics),
  }
  try {
    await untilAnswered(attempts[name], 15_000, signal)
  } catch (error) {
    signal.throwIfAborted()
    const why = error instanceof Error && error.message ? error.message : 'nothing answers'
    throw new StartFailure(
      `${titles[name]} at ${place(address)} (${addressNames[name]}) cannot be used: ${why}. Start it, or change or remove ${addressNames[name]}.`,
    )
  }
}

function describe(name: ServiceName, address: string, { given, way, because }: Choice): string {
  const docker = 'a Docker container'
  const maven = `a server of this machine, from Maven artifacts (${because})`
  const how = given.includes(name) ? `as ${addressNames[name]} says` : way === 'docker' ? docker : maven
  return `${titles[name]}: ${place(address)}, ${how}`
}

/** The address without user and password. */
function place(address: string): string {
  return address.replace(/^[a-z]+:\/\/(?:[^@/]*@)?/, '').replace(/[/?].*$/, '')
}

function addresses(environment: NodeJS.ProcessEnv, started: Partial<Addresses>): Addresses {
  const of = (name: keyof Addresses) => environment[name] || started[name] || ''
  return { MYSQL_URL: of('MYSQL_URL'), REDIS_URL: of('REDIS_URL'), KAFKA_BROKERS: of('KAFKA_BROKERS') }
}

function removeData(dataDir: string): void {
  for (const name of serviceNames) rmSync(join(dataDir, name), { recursive: true, force: true })
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= action()
    return running
  }
}
