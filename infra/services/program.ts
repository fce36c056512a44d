/**
 * The three servers as command lines, with their data directories made ready. They listen on loopback only.
 *
 * Each works in its own directory and is told relative paths: a folder may have any name, and every server reads some of
 * its characters as something else (a list, a pattern, an escape, a quote).
 */

import { randomBytes, randomInt } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kafkaAnswers, mysqlAnswers, redisAnswers, type Topic } from './answer.ts'
import type { ServiceName } from './choose.ts'
import { run } from './command.ts'
import { javaLanguage, serverEnvironment } from './environment.ts'
import { lastLines, StartFailure } from './failure.ts'
import type { Servers } from './maven.ts'

export interface Program {
  command: string
  args: string[]
  /** Where it works. */
  directory: string
  /** What it reads as its input. */
  inputFile?: string
  /** Where clients reach it. */
  address: string
  /** Throws until the process `pid`, and no other on that port, is ready. */
  answers(pid: number): Promise<void>
}

export interface Setting {
  servers: Servers
  /** The server's own directory. Beside it, `programs` leads to the programs. */
  directory: string
  ports: readonly number[]
  keepData: boolean
  topics: readonly Topic[]
  logFile: string
  signal: AbortSignal
}

/** Where programs are, as seen from a server's directory. */
const programsAt = '../programs'

// MariaDB bears no path of more than some 500 bytes, and Java loads nothing from under some names. Linux knows a
// process's directory by another name, which is always short and plain.
const here = existsSync('/proc/self/cwd') ? '/proc/self/cwd' : '.'

/** The ports that each server listens on, as people expect them: clients' first. */
export const usualPorts: Readonly<Record<ServiceName, readonly number[]>> = {
  mysql: [3306],
  redis: [6379, 16379],
  kafka: [9092, 9093],
}

export const programs: Readonly<Record<ServiceName, (setting: Setting) => Promise<Program>>> = { mysql, redis, kafka }

async function mysql({ servers, directory, ports: [port], logFile, signal }: Setting): Promise<Program> {
  const asRoot = process.getuid?.() === 0 ? ['--user=root'] : []
  const home = `${programsAt}/${servers.mariadb}`
  const base = ['--no-defaults', `--basedir=${here}/${home}`, `--datadir=${here}`, ...asRoot]
  if (!existsSync(directory)) {
    // Made aside and moved into place whole: a start that is killed here finds an empty place again.
    const aside = `${directory}.new`
    rmSync(aside, { recursive: true, force: true })
    mkdirSync(aside)
    // With --force it does not ask a name server for this machine.
    const flags = ['--auth-root-authentication-method=normal', '--skip-test-db', '--force']
    const script = `${home}/scripts/mariadb-install-db`
    await prepared('MySQL', 'sh', [script, ...base, ...flags], { directory: aside, logFile, signal })
    renameSync(aside, directory)
  }
  const address = `mysql://root@127.0.0.1:${port}/gochat`
  const serverId = randomInt(1, 2 ** 32)
  return {
    command: `${home}/bin/mariadbd`,
    args: [
      ...base,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      // Nobody replicates it: the number only tells it from other servers.
      `--server-id=${serverId}`,
      '--socket=',
      '--pid-file=mariadbd.pid',
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
    directory,
    address,
    answers: () => mysqlAnswers(address, serverId),
  }
}

async function redis({ servers, directory, ports: [port, busPort], keepData }: Setting): Promise<Program> {
  mkdirSync(directory, { recursive: true })
  const address = `redis://127.0.0.1:${port}`
  const own = ['--bind', '127.0.0.1', '--port', String(port), '--cluster-port', String(busPort)]
  return {
    command: `${programsAt}/${servers.redis}`,
    // It reads its configuration as input: it would take a path to it for a pattern.
    args: ['-', ...own, '--appendonly', keepData ? 'yes' : 'no'],
    inputFile: join(import.meta.dirname, 'redis.conf'),
    directory,
    address,
    answers: (pid) => redisAnswers(address, pid),
  }
}

async function kafka(setting: Setting): Promise<Program> {
  const { servers, directory, ports, topics, logFile, signal } = setting
  const [port, controllerPort] = ports
  const logs = join(directory, 'logs')
  mkdirSync(directory, { recursive: true })
  const own = [
    `listeners=CLIENT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=CLIENT://127.0.0.1:${port}`,
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    'log.dirs=logs',
  ]
  const properties = readFileSync(join(import.meta.dirname, 'kafka.properties'), 'utf8')
  writeFileSync(join(directory, 'server.properties'), `${properties}${own.join('\n')}\n`)
  for (const file of ['log4j2.properties', 'classworlds.conf']) {
    copyFileSync(join(import.meta.dirname, file), join(directory, file))
  }

  const java = [
    ...(here === '.' ? [] : [`-Duser.dir=${here}`]),
    ...javaLanguage,
    '-Dlog4j2.configurationFile=log4j2.properties',
    // All of its heap from the start: what it grows by later is a leak, not laziness.
    ...['-Xms224m', '-Xmx224m', '-XX:+AlwaysPreTouch', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    // Java's own class path takes real paths apart into URLs, and fails on some. Classworlds, which runs Maven, does not.
    ...['-cp', '/dev/null', '-Dclassworlds.conf=classworlds.conf', '-p', `${programsAt}/classworlds`],
    ...['--add-modules', 'ALL-DEFAULT', '-m', 'plexus.classworlds/org.codehaus.plexus.classworlds.launcher.Launcher'],
  ]
  const main = (name: string, args: string[]) => [`-Dgochat.main=${name}`, ...java, ...args, 'server.properties']
  // The last file that formatting writes: a start that is killed before it formats again.
  if (!existsSync(join(logs, 'meta.properties'))) {
    rmSync(logs, { recursive: true, force: true })
    // A leading "A": an id that begins with a dash would be read as an option.
    const newId = `A${randomBytes(16).toString('base64url').slice(1)}`
    const format = main('kafka.tools.StorageTool', ['format', '--cluster-id', newId, '--config'])
    await prepared('Kafka', servers.java, format, { directory, logFile, signal })
  }
  const clusterId = /^cluster\.id=(.+)$/m.exec(readFileSync(join(logs, 'meta.properties'), 'utf8'))?.[1]
  const address = `127.0.0.1:${port}`
  return {
    command: servers.java,
    args: main('kafka.Kafka', []),
    directory,
    address,
    answers: () => kafkaAnswers([address], topics, clusterId),
  }
}

async function prepared(
  title: string,
  command: string,
  args: string[],
  at: { directory: string; logFile: string; signal: AbortSignal },
): Promise<void> {
  const { exitCode } = await run(command, args, { ...at, timeoutMs: 60_000, environment: serverEnvironment() })
  if (exitCode === 0) return
  throw new StartFailure(
    `${title}'s data directory could not be prepared. The end of its log, ${at.logFile}:\n${lastLines(at.logFile)}`,
  )
}
