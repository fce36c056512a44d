/** MySQL, Redis and Kafka as containers: docker-compose.yml in the project's root. */

import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Addresses, addressNames, type ServiceName } from './choose.ts'
import { run } from './command.ts'
import { lastLines, StartFailure } from './failure.ts'
import { choosePorts } from './port.ts'

export interface Containers {
  addresses: Partial<Addresses>
  stop(): Promise<void>
}

const composeFile = join(import.meta.dirname, '../../docker-compose.yml')
const usualPorts = { mysql: 3306, redis: 6379, redisBus: 16379, kafka: 9092 }

/** Undefined if containers can be started here; else a clause that says why not. */
export async function dockerProblem(): Promise<string | undefined> {
  // Not `docker info`: up to 28.0.1 it ends with 0 though no engine answers.
  const engine = await run('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs: 3_000 })
  if (engine.exitCode !== 0) return 'no Docker engine answers'
  const compose = await run('docker', ['compose', 'version'], { timeoutMs: 5_000 })
  return compose.exitCode === 0 ? undefined : 'Docker has no compose plugin'
}

/**
 * Starts the named services and waits until they are healthy.
 *
 * The compose project belongs to the data directory. With `keepData` its volumes outlive it; without, they are removed before and after.
 *
 * @throws StartFailure when Docker fails, with the end of its log.
 */
export async function composeUp(
  names: readonly ServiceName[],
  at: { dataDir: string; keepData: boolean; logFile: string; signal: AbortSignal },
): Promise<Containers> {
  const project = `gochat-${createHash('sha256').update(at.dataDir).digest('hex').slice(0, 8)}`
  const base = ['compose', '--file', composeFile, '--project-name', project]
  const down = ['down', '--timeout', '10', ...(at.keepData ? [] : ['--volumes'])]
  const stop = async () => {
    await run('docker', [...base, ...down], { timeoutMs: 60_000, logFile: at.logFile })
  }

  writeFileSync(at.logFile, '')
  // What a killed start left holds the usual ports.
  await stop()
  const [mysql, redis, redisBus, kafka] = await choosePorts(Object.values(usualPorts))
  const ports = { MYSQL_PORT: mysql, REDIS_PORT: redis, REDIS_BUS_PORT: redisBus, KAFKA_PORT: kafka }
  const environment = { ...process.env }
  for (const [name, port] of Object.entries(ports)) environment[name] = String(port)
  const up = await run('docker', [...base, 'up', '--detach', '--wait', '--wait-timeout', '180', ...names], {
    timeoutMs: 900_000,
    logFile: at.logFile,
    environment,
    signal: at.signal,
  }).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  if (up.exitCode !== 0) {
    await stop()
    throw new StartFailure(
      `Docker could not start the services. The end of its log, ${at.logFile}:\n${lastLines(at.logFile)}`,
    )
  }
  const all: Addresses = {
    MYSQL_URL: `mysql://root@127.0.0.1:${mysql}/gochat`,
    REDIS_URL: `redis://127.0.0.1:${redis}`,
    KAFKA_BROKERS: `127.0.0.1:${kafka}`,
  }
  const addresses: Partial<Addresses> = {}
  for (const name of names) addresses[addressNames[name]] = all[addressNames[name]]
  return { addresses, stop }
}
