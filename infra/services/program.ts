/**
 * The command lines of the four servers, and the preparation of their data directories. They listen on loopback only.
 *
 * Each works in its own directory and gets relative paths, since the folder may have any name and every server interprets some
 * characters of a path (as a list, a pattern, an escape, a quote).
 */

import { randomBytes, randomInt } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ServiceName } from './choose.ts'
import { javaLanguage, serverEnvironment } from './environment.ts'
import type { Installation } from './maven.ts'
import { probeKafka, probeMysql, probeRedis, probeStorage } from './probe.ts'
import { mustRun } from './process.ts'
import type { Program } from './server.ts'
import { newCredentials, storageAddress } from './storage.ts'

/** How to run a server, and where clients reach it. */
export type Command = Omit<Program, 'title' | 'environment' | 'logFile'> & { address: string }

export interface Setting {
  installation: Installation
  /** The server's own directory. Beside it, the link `programs` leads to the installation. */
  directory: string
  ports: readonly number[]
  keepData: boolean
  logFile: string
  signal: AbortSignal
}

/** The path of the installation from a server's directory. */
const programsAt = '../programs'

const prepareWithinMs = 60_000

// Java loads no classes from under some names. On Linux, a process's directory has a second path, always short and plain.
const here = existsSync('/proc/self/cwd') ? '/proc/self/cwd' : '.'

/** The ports that people expect each server on; the first is for clients. */
export const usualPorts: Readonly<Record<ServiceName, readonly number[]>> = {
  mysql: [3306],
  redis: [6379, 16379],
  kafka: [9092, 9093],
  storage: [9001],
}

export const programs: Readonly<Record<ServiceName, (setting: Setting) => Promise<Command>>> = {
  mysql,
  redis,
  kafka,
  storage,
}

async function mysql({ installation, directory, ports: [port], logFile, signal }: Setting): Promise<Command> {
  const asRoot = process.getuid?.() === 0 ? ['--user=root'] : []
  const home = `${programsAt}/${installation.mariadb}`
  // A server that starts deletes the temporary tables of all others where it keeps its own.
  const base = ['--no-defaults', `--basedir=${here}/${home}`, `--datadir=${here}`, `--tmpdir=${here}`, ...asRoot]
  if (!existsSync(directory)) {
    // Moved into place when complete, so that the next start after a kill begins again.
    const aside = `${directory}.new`
    rmSync(aside, { recursive: true, force: true })
    mkdirSync(aside)
    // With --force it does not look up this machine's name in DNS.
    const flags = ['--auth-root-authentication-method=normal', '--skip-test-db', '--force']
    const script = `${home}/scripts/mariadb-install-db`
    const options = { timeoutMs: prepareWithinMs, cwd: aside, env: serverEnvironment(), logFile, signal }
    await mustRun('MySQL could not prepare its data directory.', 'sh', [script, ...base, ...flags], options)
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
      // There is no replication: the probe recognises the server by this number.
      `--server-id=${serverId}`,
      '--socket=',
      '--pid-file=mariadbd.pid',
      '--skip-name-resolve',
      // Loopback needs no TLS, and the key that MariaDB makes for it at every start takes up to 15 s.
      '--skip-ssl',
      '--max-connections=500',
      '--innodb-buffer-pool-size=256M',
      // A commit is on the disk before it is acknowledged.
      '--innodb-flush-log-at-trx-commit=1',
      '--character-set-server=utf8mb4',
      '--collation-server=utf8mb4_unicode_ci',
      '--default-time-zone=+00:00',
      // As strict as MySQL 8 is by default.
      '--sql-mode=ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
    ],
    directory,
    address,
    probe: () => probeMysql(address, serverId),
  }
}

async function redis({ installation, directory, ports, keepData }: Setting): Promise<Command> {
  const [port, busPort] = ports
  mkdirSync(directory, { recursive: true })
  const address = `redis://127.0.0.1:${port}`
  const options = ['--bind', '127.0.0.1', '--port', String(port), '--cluster-port', String(busPort)]
  return {
    command: `${programsAt}/${installation.redis}`,
    // Its configuration comes on standard input, since it would read a path as a pattern.
    args: ['-', ...options, '--appendonly', keepData ? 'yes' : 'no'],
    inputFile: join(import.meta.dirname, 'redis.conf'),
    directory,
    address,
    probe: (pid) => probeRedis(address, pid),
  }
}

async function kafka({ installation, directory, ports, logFile, signal }: Setting): Promise<Command> {
  const [port, controllerPort] = ports
  const logs = join(directory, 'logs')
  mkdirSync(directory, { recursive: true })
  const added = [
    `listeners=CLIENT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    `advertised.listeners=CLIENT://127.0.0.1:${port}`,
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    'log.dirs=logs',
  ]
  const properties = readFileSync(join(import.meta.dirname, 'kafka.properties'), 'utf8')
  writeFileSync(join(directory, 'server.properties'), `${properties}${added.join('\n')}\n`)
  for (const file of ['log4j2.properties', 'classworlds.conf']) {
    copyFileSync(join(import.meta.dirname, file), join(directory, file))
  }

  // The whole heap is taken at the start, so that later growth means a leak.
  const options = ['-Dlog4j2.configurationFile=log4j2.properties', '-Xms224m', '-Xmx224m', '-XX:+AlwaysPreTouch']
  const main = (name: string, args: string[]) => [...java('kafka', name, options), ...args, 'server.properties']
  // Formatting writes this file last: without it, an earlier start was killed while it formatted.
  if (!existsSync(join(logs, 'meta.properties'))) {
    rmSync(logs, { recursive: true, force: true })
    // It begins with "A", since an id that begins with a dash would be read as an option.
    const newId = `A${randomBytes(16).toString('base64url').slice(1)}`
    const format = main('kafka.tools.StorageTool', ['format', '--cluster-id', newId, '--config'])
    const running = { timeoutMs: prepareWithinMs, cwd: directory, env: serverEnvironment(), logFile, signal }
    await mustRun('Kafka could not prepare its data directory.', installation.java, format, running)
  }
  const clusterId = /^cluster\.id=(.+)$/m.exec(readFileSync(join(logs, 'meta.properties'), 'utf8'))?.[1]
  const address = `127.0.0.1:${port}`
  return {
    command: installation.java,
    args: main('kafka.Kafka', []),
    directory,
    address,
    probe: () => probeKafka([address], clusterId),
  }
}

async function storage({ installation, directory, ports: [port = 0] }: Setting): Promise<Command> {
  mkdirSync(join(directory, 'objects'), { recursive: true })
  const credentials = newCredentials()
  const added = [
    `s3proxy.endpoint=http://127.0.0.1:${port}`,
    `s3proxy.identity=${credentials.key}`,
    `s3proxy.credential=${credentials.secret}`,
  ]
  const properties = readFileSync(join(import.meta.dirname, 'storage.properties'), 'utf8')
  // Not on the command line, which everybody on this machine can read.
  writeFileSync(join(directory, 'server.properties'), `${properties}${added.join('\n')}\n`, { mode: 0o600 })
  for (const file of ['logback.xml', 'classworlds.conf', 'storage.bsh']) {
    copyFileSync(join(import.meta.dirname, file), join(directory, file))
  }
  const options = ['-Dlogback.configurationFile=logback.xml', '-Xmx96m']
  const address = storageAddress(port, credentials)
  return {
    command: installation.java,
    args: [...java('storage', 'bsh.Interpreter', options), 'storage.bsh', '--properties', 'server.properties'],
    directory,
    address,
    probe: () => probeStorage(address),
  }
}

/** What Java is told before the arguments of a program, whose classes lie in a folder of the installation. */
function java(classes: string, main: string, options: readonly string[]): string[] {
  return [
    ...[`-Dgochat.main=${main}`, `-Dgochat.classes=${classes}`],
    ...(here === '.' ? [] : [`-Duser.dir=${here}`]),
    ...javaLanguage,
    ...[...options, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
    // Java's class path turns real paths into URLs, which fails for some. Classworlds, Maven's class loader, does not.
    ...['-cp', '/dev/null', '-Dclassworlds.conf=classworlds.conf', '-p', `${programsAt}/classworlds`],
    ...['--add-modules', 'ALL-DEFAULT', '-m', 'plexus.classworlds/org.codehaus.plexus.classworlds.launcher.Launcher'],
  ]
}
