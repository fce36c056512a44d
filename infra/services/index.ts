/** MySQL, Redis, Kafka and object storage on this machine, for `npm start` and for tests. */

import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Addresses, addressNames, type Choice, choose, type ServiceName, serviceNames, titles } from './choose.ts'
import { composeUp, dockerProblem } from './docker.ts'
import { StartFailure } from './failure.ts'
import { install, mavenProblem } from './maven.ts'
import { probeKafka, probeMysql, probeRedis, probeStorage, untilReady } from './probe.ts'
import { endWithNpm } from './process.ts'
import type { Server } from './server.ts'
import { allSettled, type Death, removeData, type Servers, type StartSetting, startServers } from './servers.ts'

export type { Server } from './server.ts'

export interface Services {
  environment: Addresses
  /** Processes started here: all four by the Maven way, none by the others. */
  mysql?: Server
  redis?: Server
  kafka?: Server
  storage?: Server
  /** Resolves when one of these processes ends by itself; else stays pending. */
  died: Promise<Death>
  /** Stops what was started here, and nothing that was given. */
  stop(): Promise<void>
}

export interface StartOptions {
  /** Data and logs of the servers started here. One start at a time may use it. */
  dataDir: string
  /** Whether data outlives the stop; without it the services start empty. */
  keepData: boolean
  say: (line: string) => void
  /** Where addresses are looked up. */
  environment?: NodeJS.ProcessEnv
  /** Cancels the start: what has been started is stopped before the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined
}

/** Where the servers are unpacked. */
export const installationsDir = resolve(import.meta.dirname, '../../.services')

/**
 * Starts MySQL, Redis, Kafka and object storage, or takes them as the environment names them, and resolves when all four are
 * ready.
 *
 * What is started ends with this process, and this process with npm.
 *
 * @throws StartFailure with sentences for the person at the terminal; nothing that was started is left running.
 */
export async function startServices(options: StartOptions): Promise<Services> {
  const { environment = process.env, keepData, say, signal = new AbortController().signal } = options
  const dataDir = resolve(options.dataDir)
  mkdirSync(dataDir, { recursive: true })
  endWithNpm()
  const choice = await choose(environment, { docker: dockerProblem, maven: () => mavenProblem(installationsDir) })
  const steps: (() => Promise<void>)[] = []
  const stop = async () => {
    await allSettled(steps.map((step) => step()))
    if (choice.way !== undefined && !keepData) removeData(dataDir)
  }
  try {
    const missing = startMissing(choice, say, { dataDir, keepData, signal, onStop: (step) => steps.push(step) })
    const given = choice.given.map((name) =>
      probeAddress(name, environment, signal, `Start it, or change or remove ${addressNames[name]}.`),
    )
    await allSettled([...given, missing])
    const { servers, addresses, died } = await missing
    signal.throwIfAborted()
    const all: Addresses = { MYSQL_URL: '', REDIS_URL: '', KAFKA_BROKERS: '', STORAGE_ENDPOINT: '', ...addresses }
    for (const name of choice.given) all[addressNames[name]] = environment[addressNames[name]] ?? ''
    for (const name of serviceNames) say(describe(name, all[addressNames[name]], choice))
    return { ...servers, environment: all, died, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startMissing(
  { missing, way }: Choice,
  say: (line: string) => void,
  setting: StartSetting,
): Promise<Servers> {
  const none: Servers = { servers: {}, addresses: {}, died: new Promise(() => {}) }
  if (way === undefined) return none
  if (way === 'docker') {
    say(`Starting ${missing.map((name) => titles[name]).join(', ')} with Docker (the first time fetches the images)`)
    const addresses = await composeUp(missing, setting)
    const advice = 'Its container was healthy: see its log with docker logs.'
    await allSettled(missing.map((name) => probeAddress(name, addresses, setting.signal, advice)))
    return { ...none, addresses }
  }
  const installation = await install(installationsDir, say, setting.signal)
  if (!setting.keepData) removeData(setting.dataDir)
  return startServers(missing, installation, setting)
}

async function probeAddress(
  name: ServiceName,
  environment: NodeJS.ProcessEnv | Addresses,
  signal: AbortSignal,
  advice: string,
): Promise<void> {
  const address = environment[addressNames[name]] ?? ''
  const probes: Record<ServiceName, () => Promise<void>> = {
    mysql: () => probeMysql(address),
    redis: () => probeRedis(address),
    kafka: () => probeKafka(address.split(',')),
    storage: () => probeStorage(address),
  }
  try {
    await untilReady(probes[name], 15_000, signal)
  } catch (error) {
    signal.throwIfAborted()
    const why = error instanceof Error && error.message ? error.message : 'nothing answers'
    throw new StartFailure(`${titles[name]} at ${withoutCredentials(address)} cannot be used: ${why}. ${advice}`)
  }
}

function describe(name: ServiceName, address: string, { given, way, because }: Choice): string {
  const software = { ...titles, mysql: 'MariaDB', storage: 'S3Proxy' }[name]
  const maven = `${software} from Maven artifacts (${because})`
  const how = given.includes(name) ? `as ${addressNames[name]} says` : way === 'docker' ? 'a Docker container' : maven
  return `${titles[name]}: ${withoutCredentials(address)}, ${how}`
}

function withoutCredentials(address: string): string {
  return address.replace(/^[a-z]+:\/\/(?:[^@/]*@)?/, '').replace(/[/?].*$/, '')
}
