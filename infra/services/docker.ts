/** MySQL, Redis and Kafka as containers: docker-compose.yml in the project's root. */

import { createHash } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Addresses, addressNames, type ServiceName } from './choose.ts'
import { run } from './command.ts'
import { childEnvironment } from './environment.ts'
import { lastLines, StartFailure } from './failure.ts'
import { lastWill } from './launch.ts'
import { choosePorts } from './port.ts'
import { usualPorts } from './program.ts'

export interface Containers {
  addresses: Partial<Addresses>
  stop(): Promise<void>
}

const composeFile = join(import.meta.dirname, '../../docker-compose.yml')

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
 * The compose project belongs to the data directory. With `keepData` its volumes outlive it, and begin anew with a new data
 * directory; without, they are removed before and after. The containers end with this process, however it ends.
 *
 * @throws StartFailure when Docker fails, with the end of its log.
 */
export async function composeUp(
  names: readonly ServiceName[],
  at: { dataDir: string; keepData: boolean; logFile: string; signal: AbortSignal },
): Promise<Containers> {
  const project = `gochat-${createHash('sha256').update(at.dataDir).digest('hex').slice(0, 8)}`
  const base = ['compose', '--file', composeFile, '--project-name', project]
  const down = (isKept: boolean) => ['down', '--timeout', '10', ...(isKept ? [] : ['--volumes'])]
  const remove = (isKept: boolean) =>
    run('docker', [...base, ...down(isKept)], { timeoutMs: 60_000, logFile: at.logFile })
  // With the directory, the volumes' data was thrown away.
  const mark = join(at.dataDir, 'docker')
  const isKnown = existsSync(mark)

  writeFileSync(at.logFile, '')
  writeFileSync(mark, '')
  // Without the file, which may be gone by then.
  const revoke = lastWill('docker', ['compose', '--project-name', project, ...down(at.keepData)])
  const stop = async () => {
    await remove(at.keepData)
    revoke()
  }
  // What a killed start left holds the usual ports.
  await remove(at.keepData && isKnown)
  const usual = [...usualPorts.mysql, ...usualPorts.redis, ...usualPorts.kafka.slice(0, 1)]
  const [mysql, redis, redisBus, kafka] = await choosePorts(usual)
  const ports = { MYSQL_PORT: mysql, REDIS_PORT: redis, REDIS_BUS_PORT: redisBus, KAFKA_PORT: kafka }
  const environment = childEnvironment()
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
