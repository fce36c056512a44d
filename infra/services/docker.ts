/** MySQL, Redis, Kafka and object storage as the containers of docker-compose.yml. */

import { createHash } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Addresses, ServiceName } from './choose.ts'
import { childEnvironment } from './environment.ts'
import { onFreePorts } from './port.ts'
import { lastWill, mustRun, run } from './process.ts'
import { usualPorts } from './program.ts'
import type { StartSetting } from './servers.ts'
import { newCredentials, storageAddress } from './storage.ts'

const composeFile = join(import.meta.dirname, '../../docker-compose.yml')

/** Says in a clause why containers cannot be started here; undefined if they can. */
export async function dockerProblem(): Promise<string | undefined> {
  // `docker info` exits with 0 up to 28.0.1, even if no engine answers.
  const engine = await run('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs: 3_000 })
  if (engine.exitCode !== 0) return 'no Docker engine answers'
  const compose = await run('docker', ['compose', 'version'], { timeoutMs: 5_000 })
  return compose.exitCode === 0 ? undefined : 'Docker has no compose plugin'
}

/**
 * Starts the named services, waits until they are healthy, and returns their addresses.
 *
 * Each data directory has its own compose project. With `keepData` the volumes stay until the data directory is deleted;
 * without, they are removed before and after. The containers end with this process, however it ends.
 *
 * @throws StartFailure when Docker fails, with the end of its log.
 */
export async function composeUp(
  names: readonly ServiceName[],
  { dataDir, keepData, signal, onStop }: StartSetting,
): Promise<Addresses> {
  const project = `gochat-${createHash('sha256').update(dataDir).digest('hex').slice(0, 8)}`
  const base = ['compose', '--file', composeFile, '--project-name', project]
  const down = (isKept: boolean) => ['down', '--timeout', '10', ...(isKept ? [] : ['--volumes'])]
  const logFile = join(dataDir, 'docker.log')
  const remove = (isKept: boolean) => run('docker', [...base, ...down(isKept)], { timeoutMs: 60_000, logFile })
  // Missing in a new data directory: the volumes of a deleted one must be removed.
  const mark = join(dataDir, 'docker')
  const isKnown = existsSync(mark)

  writeFileSync(logFile, '')
  writeFileSync(mark, '')
  // Without --file: the project may have been moved or deleted by then.
  const revoke = lastWill('docker', ['compose', '--project-name', project, ...down(keepData)])
  onStop(async () => {
    await remove(keepData)
    revoke()
  })
  // Containers that a killed start has left would hold the usual ports.
  await remove(keepData && isKnown)
  const usual = [...usualPorts.mysql, ...usualPorts.redis, ...usualPorts.kafka.slice(0, 1), ...usualPorts.storage]
  const { key, secret } = newCredentials()
  return await onFreePorts(usual, async ([mysql, redis, redisBus, kafka, storage]) => {
    writeFileSync(logFile, '')
    const env = childEnvironment({
      MYSQL_PORT: `${mysql}`,
      REDIS_PORT: `${redis}`,
      REDIS_BUS_PORT: `${redisBus}`,
      KAFKA_PORT: `${kafka}`,
      STORAGE_PORT: `${storage}`,
      STORAGE_KEY: key,
      STORAGE_SECRET: secret,
    })
    const up = [...base, 'up', '--detach', '--wait', '--wait-timeout', '180', ...names]
    const options = { timeoutMs: 900_000, logFile, env, signal }
    await mustRun('Docker could not start the services.', 'docker', up, options)
    return {
      MYSQL_URL: `mysql://root@127.0.0.1:${mysql}/gochat`,
      REDIS_URL: `redis://127.0.0.1:${redis}`,
      KAFKA_BROKERS: `127.0.0.1:${kafka}`,
      STORAGE_ENDPOINT: storageAddress(storage ?? 0, { key, secret }),
    }
  })
}
