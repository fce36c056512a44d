/** Chooses between the three ways to MySQL, Redis, Kafka and S3. */

import { StartFailure } from './failure.ts'

export type ServiceName = 'mysql' | 'redis' | 'kafka' | 'storage'

/** The addresses, under the names of the functions' configuration. */
export interface Addresses {
  MYSQL_URL: string
  REDIS_URL: string
  KAFKA_BROKERS: string
  /** Of an S3 API, with an access key and its secret as user and password. */
  STORAGE_ENDPOINT: string
}

export const serviceNames = ['mysql', 'redis', 'kafka', 'storage'] as const satisfies readonly ServiceName[]
export const titles: Readonly<Record<ServiceName, string>> = {
  mysql: 'MySQL',
  redis: 'Redis',
  kafka: 'Kafka',
  storage: 'S3',
}
export const addressNames: Readonly<Record<ServiceName, keyof Addresses>> = {
  mysql: 'MYSQL_URL',
  redis: 'REDIS_URL',
  kafka: 'KAFKA_BROKERS',
  storage: 'STORAGE_ENDPOINT',
}

/** Each says in a clause why its way cannot be taken; undefined if it can. */
export interface Problems {
  docker(): Promise<string | undefined>
  maven(): Promise<string | undefined>
}

export interface Choice {
  /** Services whose address the environment names: used as they are, never stopped. */
  given: ServiceName[]
  /** Services to start. */
  missing: ServiceName[]
  /** How to start them; undefined if there are none. */
  way: 'docker' | 'maven' | undefined
  /** Why Docker was not chosen. */
  because: string | undefined
}

/**
 * Chooses, service by service: an address in the environment, then Docker, then Maven.
 *
 * Maven is checked only if Docker cannot be used.
 *
 * @throws StartFailure with all three ways, and why each cannot be taken.
 */
export async function choose(environment: NodeJS.ProcessEnv, problems: Problems): Promise<Choice> {
  const given = serviceNames.filter((name) => environment[addressNames[name]])
  const missing = serviceNames.filter((name) => !environment[addressNames[name]])
  if (missing.length === 0) return { given, missing, way: undefined, because: undefined }

  const noDocker = await problems.docker()
  if (noDocker === undefined) return { given, missing, way: 'docker', because: undefined }
  const noMaven = await problems.maven()
  if (noMaven === undefined) return { given, missing, way: 'maven', because: noDocker }
  throw new StartFailure(threeWays(missing, noDocker, noMaven))
}

function threeWays(missing: readonly ServiceName[], noDocker: string, noMaven: string): string {
  const list = new Intl.ListFormat('en-GB')
  const wanted = list.format(missing.map((name) => titles[name]))
  const variables = list.format(missing.map((name) => addressNames[name]))
  const [needs, are] = missing.length > 1 ? ['need', 'are'] : ['needs', 'is']
  return [
    `${wanted} ${needs} to run somewhere, and this machine offers none of the three ways:`,
    `  1. Servers that you have: put ${variables} into a file named .env (.env.example shows how). Now: ${variables} ${are} not set.`,
    `  2. Docker: start it (Docker Desktop, or a Docker engine with the compose plugin). Now: ${noDocker}.`,
    `  3. Java 17 or newer and Maven: install both, and the servers are fetched from Maven Central. Now: ${noMaven}.`,
    'Make one of them work, then run this again.',
  ].join('\n')
}
