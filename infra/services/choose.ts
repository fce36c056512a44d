/** Which of the three ways to MySQL, Redis and Kafka this machine offers. */

import { StartFailure } from './failure.ts'

export type ServiceName = 'mysql' | 'redis' | 'kafka'

/** The addresses, under the names that the functions read. */
export interface Addresses {
  MYSQL_URL: string
  REDIS_URL: string
  KAFKA_BROKERS: string
}

export const serviceNames = ['mysql', 'redis', 'kafka'] as const satisfies readonly ServiceName[]
export const titles: Readonly<Record<ServiceName, string>> = { mysql: 'MySQL', redis: 'Redis', kafka: 'Kafka' }
export const addressNames: Readonly<Record<ServiceName, keyof Addresses>> = {
  mysql: 'MYSQL_URL',
  redis: 'REDIS_URL',
  kafka: 'KAFKA_BROKERS',
}

/** Each answers with undefined when the way is open, else with a clause that says why not. */
export interface Probes {
  docker(): Promise<string | undefined>
  maven(): Promise<string | undefined>
}

export interface Choice {
  /** Services whose address the environment names: used as they are, never stopped. */
  given: ServiceName[]
  /** Services to start. */
  missing: ServiceName[]
  /** How to start them; undefined when there is nothing to start. */
  way: 'docker' | 'maven' | undefined
  /** Why the way before this one was not taken. */
  because: string | undefined
}

/**
 * Chooses, service by service: an address in the environment, then Docker, then Maven.
 *
 * A way is asked for only if the one before it is closed.
 *
 * @throws StartFailure naming all three ways, and why each is closed.
 */
export async function choose(environment: NodeJS.ProcessEnv, probes: Probes): Promise<Choice> {
  const given = serviceNames.filter((name) => environment[addressNames[name]])
  const missing = serviceNames.filter((name) => !environment[addressNames[name]])
  if (missing.length === 0) return { given, missing, way: undefined, because: undefined }

  const noDocker = await probes.docker()
  if (noDocker === undefined) return { given, missing, way: 'docker', because: undefined }
  const noMaven = await probes.maven()
  if (noMaven === undefined) return { given, missing, way: 'maven', because: noDocker }
  throw new StartFailure(threeWays(missing, noDocker, noMaven))
}

/** The major version in what `java -version` prints; undefined if that is no such text. */
export function parseJavaVersion(output: string): number | undefined {
  // Up to 8 the version is written 1.8; the quotes are always there.
  const found = /version "(?:1\.)?(\d+)/.exec(output)
  return found ? Number(found[1]) : undefined
}

function threeWays(missing: readonly ServiceName[], noDocker: string, noMaven: string): string {
  const wanted = list(missing.map((name) => titles[name]))
  const variables = list(missing.map((name) => addressNames[name]))
  const [needs, are] = missing.length > 1 ? ['need', 'are'] : ['needs', 'is']
  return [
    `${wanted} ${needs} to run somewhere, and this machine offers none of the three ways:`,
    `  1. Servers that you have: put ${variables} into a file named .env (.env.example shows how). Now: ${variables} ${are} not set.`,
    `  2. Docker: start it (Docker Desktop, or a Docker engine with the compose plugin). Now: ${noDocker}.`,
    `  3. Java 17 or newer and Maven: install both, and the servers are fetched from Maven Central. Now: ${noMaven}.`,
    'Make one of them work, then run this again.',
  ].join('\n')
}

function list(words: readonly string[]): string {
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${words.at(-1)}` : words.join('')
}
