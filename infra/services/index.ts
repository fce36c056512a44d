/** MySQL, Redis and Kafka on this machine, for `npm start` and for tests. */

import { join, resolve } from 'node:path'
import { kafkaAnswers, mysqlAnswers, redisAnswers, type Topic, untilAnswered } from './answer.ts'
import { type Addresses, addressNames, type Choice, choose, type ServiceName, serviceNames, titles } from './choose.ts'
import { composeUp, dockerProblem } from './docker.ts'
import { StartFailure } from './failure.ts'
import { type Death, removeData, startFleet, together } from './fleet.ts'
import { lock } from './lock.ts'
import { mavenProblem, unpacked } from './maven.ts'
import { endWithNpm } from './process.ts'
import type { Server } from './server.ts'

export type { Topic } from './answer.ts'
export type { Addresses } from './choose.ts'
export { StartFailure } from './failure.ts'
export type { Death } from './fleet.ts'
export type { Server } from './server.ts'

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
  /** Data and logs of the servers started here. */
  dataDir: string
  /** Whether data outlives the stop; without it the services start empty. */
  keepData: boolean
  /** Made if they are missing: by default those of serverless.yml. */
  topics?: readonly Topic[]
  say: (line: string) => void
  /** Where addresses are looked for. */
  environment?: NodeJS.ProcessEnv
  /** Gives the start up: what has begun is ended before the promise rejects with the signal's reason. */
  signal?: AbortSignal
}

/** One conversation is one partition. Two of them run in parallel on a laptop, in batches worth a transaction. */
const defaultTopics: readonly Topic[] = [
  { name: 'chat-messages', partitions: 2 },
  { name: 'chat-messages-dead-letter', partitions: 1 },
]

/** Where the servers of the Maven way are unpacked. */
const programsDir = resolve(import.meta.dirname, '../../.services')

/**
 * Starts MySQL, Redis and Kafka, or takes them as the environment names them, and resolves when all three answer.
 *
 * The data directory belongs to one start at a time. What is started ends with this process, and this process with npm.
 *
 * @throws StartFailure with sentences for the person at the terminal; nothing that was started is left running.
 */
export async function startServices(options: StartOptions): Promise<Services> {
  const { environment = process.env, say, topics = defaultTopics, signal = new AbortController().signal } = options
  const dataDir = resolve(options.dataDir)
  endWithNpm()
  const choice = await choose(environment, { docker: dockerProblem, maven: () => mavenProblem(programsDir) })
  const unlock = choice.way === undefined ? () => {} : lock(dataDir)
  const steps: (() => Promise<void>)[] = []
  const stop = once(async () => {
    await together(steps.map((step) => step()))
    if (choice.way !== undefined && !options.keepData) removeData(dataDir)
    unlock()
  })
  const bounds: Bounds = { ...options, environment, topics, signal, dataDir, onStop: (step) => steps.push(step) }
  try {
    const given = together(
      choice.given.map((name) =>
        addressAnswers(name, environment, bounds, `Start it, or change or remove ${addressNames[name]}.`),
      ),
    )
    const missing = startMissing(choice, bounds)
    await Promise.allSettled([given, missing])
    await given
    const { servers, addresses, died } = await missing
    signal.throwIfAborted()
    const all = allAddresses(environment, addresses)
    const chosen = serviceNames.map((name) => describe(name, all[addressNames[name]], choice))
    for (const line of chosen) say(line)
    return { ...servers, environment: all, chosen, died, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

interface Started {
  addresses: Partial<Addresses>
  servers: Partial<Record<ServiceName, Server>>
  died: Promise<Death>
}

type Bounds = Required<StartOptions> & { onStop: (step: () => Promise<void>) => void }

async function startMissing({ missing, way }: Choice, options: Bounds): Promise<Started> {
  const { dataDir, keepData, topics, say, signal, onStop } = options
  const none: Started = { addresses: {}, servers: {}, died: new Promise(() => {}) }
  if (way === undefined) return none
  if (way === 'docker') {
    say(`Starting ${missing.map((name) => titles[name]).join(', ')} with Docker (the first time fetches the images)`)
    const containers = await composeUp(missing, { dataDir, keepData, logFile: join(dataDir, 'docker.log'), signal })
    onStop(containers.stop)
    const advice = 'Its container was healthy: its own log, by docker logs, may tell why.'
    await together(missing.map((name) => addressAnswers(name, containers.addresses, options, advice)))
    return { ...none, addresses: containers.addresses }
  }
  const servers = await unpacked(programsDir, say, signal)
  if (!keepData) removeData(dataDir)
  const onOwned = (server: Server) => onStop(() => server.stop())
  return startFleet(missing, { servers, dataDir, keepData, topics, signal, onOwned })
}

async function addressAnswers(
  name: ServiceName,
  environment: NodeJS.ProcessEnv | Partial<Addresses>,
  { topics, signal }: Bounds,
  advice: string,
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
    throw new StartFailure(`${titles[name]} at ${place(address)} cannot be used: ${why}. ${advice}`)
  }
}

function describe(name: ServiceName, address: string, { given, way, because }: Choice): string {
  const maven = `${name === 'mysql' ? 'MariaDB' : titles[name]} from Maven artifacts (${because})`
  const how = given.includes(name) ? `as ${addressNames[name]} says` : way === 'docker' ? 'a Docker container' : maven
  return `${titles[name]}: ${place(address)}, ${how}`
}

/** The address without user and password. */
function place(address: string): string {
  return address.replace(/^[a-z]+:\/\/(?:[^@/]*@)?/, '').replace(/[/?].*$/, '')
}

function allAddresses(environment: NodeJS.ProcessEnv, started: Partial<Addresses>): Addresses {
  const of = (name: keyof Addresses) => environment[name] || started[name] || ''
  return { MYSQL_URL: of('MYSQL_URL'), REDIS_URL: of('REDIS_URL'), KAFKA_BROKERS: of('KAFKA_BROKERS') }
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= action()
    return running
  }
}
