/** The three servers as command lines, with their data directories made ready. They listen on loopback only. */

import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kafkaAnswers, mysqlAnswers, redisAnswers, type Topic } from './answer.ts'
import type { ServiceName } from './choose.ts'
import { run } from './command.ts'
import { lastLines, StartFailure } from './failure.ts'
import type { Servers } from './maven.ts'

export interface Program {
  command: string
  args: string[]
  /** Where clients reach it. */
  address: string
  /** Throws until the process `pid`, and no other on that port, is ready. */
  answers(pid: number): Promise<void>
}

export interface Setting {
  servers: Servers
  /** The server's own directory. Its path is in the command line: a later start knows a leftover by it. */
  directory: string
  ports: readonly number[]
  keepData: boolean
  topics: readonly Topic[]
  logFile: string
  signal: AbortSignal
}

/** The ports that each server listens on, as people expect them: clients' first. */
export const usualPorts: Readonly<Record<ServiceName, readonly number[]>> = {
  mysql: [3306],
  redis: [6379, 16379],
  kafka: [9092, 9093],
}

export const programs: Readonly<Record<ServiceName, (setting: Setting) => Promise<Program>>> = { mysql, redis, kafka }

async function mysql({ servers, directory, ports: [port], logFile, signal }: Setting): Promise<Program> {
  const asRoot = process.getuid?.() === 0 ? ['--user=root'] : []
  const base = ['--no-defaults', `--basedir=${servers.mariadb}`]
  if (!existsSync(directory)) {
    // Made aside and moved into place whole: a start that is killed here finds an empty place again.
    const aside = `${directory}.new`
    rmSync(aside, { recursive: true, force: true })
    const script = join(servers.mariadb, 'scripts/mariadb-install-db')
    const flags = [`--datadir=${aside}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...asRoot]
    await prepared('MySQL', 'sh', [script, ...base, ...flags], logFile, signal)
    renameSync(aside, directory)
  }
  const address = `mysql://root@127.0.0.1:${port}/gochat`
  return {
    command: join(servers.mariadb, 'bin/mariadbd'),
    args: [
      ...base,
      `--datadir=${directory}`,
      ...asRoot,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      '--socket=',
      `--pid-file=${directory}/mariadbd.pid`,
      '--skip-name-resolve',
      // Loopback needs no TLS, and the key that MariaDB makes for it at every start takes up to 15 s.
      '--skip-ssl',
      '--max-connections=500',
      '--innodb-buffer-pool-size=256M',
      // What is acknowledged has reached the disk.
      '--innodb-flush-log-at-trx-commit=1',
      '--character-set-server=utf8mb4',
      '--collation-server=utf8mb4_unicode_ci',
      '--default-time-zone=+00:00',
      // As strict as MySQL 8 is by default.
      '--sql-mode=ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
    ],
    address,
    answers: () => mysqlAnswers(address, directory),
  }
}

async function redis({ servers, directory, ports: [port, busPort], keepData }: Setting): Promise<Program> {
  mkdirSync(directory, { recursive: true })
  const address = `redis://127.0.0.1:${port}`
  const own = ['--bind', '127.0.0.1', '--port', String(port), '--cluster-port', String(busPort), '--dir', directory]
  return {
    command: servers.redis,
    args: [join(import.meta.dirname, 'redis.conf'), ...own, '--appendonly', keepData ? 'yes' : 'no'],
    address,
    answers: (pid) => redisAnswers(address, pid),
  }
}

async function kafka(setting: Setting): Promise<Program> {
  const { servers, directory, ports, topics, logFile, signal } = setting
  const [port, controllerPort] = ports
  const logs = join(directory, 'logs')
  const properties = join(directory, 'server.properties')
  mkdirSync(directory, { recursive: true })
  const own = [
    `listeners=CLIENT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=CLIENT://127.0.0.1:${port}`,
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `log.dirs=${logs}`,
  ]
  writeFileSync(properties, `${readFileSync(join(import.meta.dirname, 'kafka.properties'), 'utf8')}${own.join('\n')}\n`)

  const log = `-Dlog4j2.configurationFile=${join(import.meta.dirname, 'log4j2.properties')}`
  // All of its heap from the start: what it grows by later is a leak, not laziness.
  const heap = ['-Xms224m', '-Xmx224m', '-XX:+AlwaysPreTouch', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
  const java = [log, ...heap, '-cp', join(servers.kafka, '*')]
  // The last file that formatting writes: a start that is killed before it formats again.
  if (!existsSync(join(logs, 'meta.properties'))) {
    rmSync(logs, { recursive: true, force: true })
    // A leading "A": an id that begins with a dash would be read as an option.
    const newId = `A${randomBytes(16).toString('base64url').slice(1)}`
    const format = [...java, 'kafka.tools.StorageTool', 'format', '--cluster-id', newId, '--config', properties]
    await prepared('Kafka', servers.java, format, logFile, signal)
  }
  const clusterId = /^cluster\.id=(.+)$/m.exec(readFileSync(join(logs, 'meta.properties'), 'utf8'))?.[1]
  const address = `127.0.0.1:${port}`
  return {
    command: servers.java,
    args: [...java, 'kafka.Kafka', properties],
    address,
    answers: () => kafkaAnswers([address], topics, clusterId),
  }
}

async function prepared(title: string, command: string, args: string[], logFile: string, signal: AbortSignal) {
  const { exitCode } = await run(command, args, { timeoutMs: 60_000, logFile, signal })
  if (exitCode === 0) return
  throw new StartFailure(
    `${title}'s data directory could not be prepared. The end of its log, ${logFile}:\n${lastLines(logFile)}`,
  )
}
