/** The decisions of a start: which way, which ports, which environment, and what is printed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { choose } from '../../infra/services/choose.ts'
import { checkFreeSpace } from '../../infra/services/disk.ts'
import { dockerProblem } from '../../infra/services/docker.ts'
import { childEnvironment, mavenEnvironment, serverEnvironment } from '../../infra/services/environment.ts'
import { lastLines, sentenceOf } from '../../infra/services/failure.ts'
import { parseJavaVersion } from '../../infra/services/maven.ts'
import { choosePorts, isPortTaken } from '../../infra/services/port.ts'

const open = async () => undefined
const closed = (why: string) => async () => why
const given = {
  MYSQL_URL: 'mysql://db',
  REDIS_URL: 'redis://cache',
  KAFKA_BROKERS: 'broker:9092',
  STORAGE_ENDPOINT: 'http://s3',
}

describe('the choice of a way', () => {
  it('takes given addresses and asks for nothing else', async () => {
    const probe = vi.fn(open)
    const choice = await choose(given, { docker: probe, maven: probe })
    expect(choice).toMatchObject({ given: ['mysql', 'redis', 'kafka', 'storage'], missing: [], way: undefined })
    expect(probe).not.toHaveBeenCalled()
  })

  it('prefers Docker and does not look for Maven then', async () => {
    const maven = vi.fn(open)
    expect(await choose({}, { docker: open, maven })).toMatchObject({
      missing: ['mysql', 'redis', 'kafka', 'storage'],
      way: 'docker',
    })
    expect(maven).not.toHaveBeenCalled()
  })

  it('takes Maven without Docker, and says why', async () => {
    const choice = await choose({}, { docker: closed('no engine'), maven: open })
    expect(choice).toMatchObject({ way: 'maven', because: 'no engine' })
  })

  it('chooses for each service alone', async () => {
    const choice = await choose({ REDIS_URL: given.REDIS_URL }, { docker: open, maven: open })
    expect(choice).toMatchObject({ given: ['redis'], missing: ['mysql', 'kafka', 'storage'], way: 'docker' })
  })

  it('reads an empty variable as not set', async () => {
    const choice = await choose({ ...given, KAFKA_BROKERS: '' }, { docker: open, maven: open })
    expect(choice.missing).toEqual(['kafka'])
  })

  it('names all three ways when none is open, and what each lacks', async () => {
    const failing = choose(
      { MYSQL_URL: 'mysql://db', STORAGE_ENDPOINT: 'http://s3' },
      { docker: closed('no engine'), maven: closed('no Java') },
    )
    await expect(failing).rejects.toThrow(
      /^Redis and Kafka need [\s\S]*REDIS_URL and KAFKA_BROKERS[\s\S]*no engine[\s\S]*no Java/,
    )
  })
})

describe('Docker', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gochat-unit-'))
    vi.stubEnv('PATH', folder)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Puts a fake Docker client into the PATH; the cases are those of a shell script on its arguments. */
  const client = (cases: string) =>
    writeFileSync(join(folder, 'docker'), `#!/bin/sh\ncase "$*" in\n${cases}\nesac\n`, { mode: 0o755 })

  it('is no way where the client is there and no engine runs: its info fails with the exit code 0 up to 28.0.1', async () => {
    const cannot = 'echo "Cannot connect to the Docker daemon. Is the docker daemon running?" >&2'
    client(`info*) ${cannot} ;;\nversion*) ${cannot}; exit 1 ;;\ncompose*) echo v2.33.1 ;;`)
    expect(await dockerProblem()).toBe('no Docker engine answers')
  })

  it('is no way without the compose plugin, nor without any client', async () => {
    expect(await dockerProblem()).toBe('no Docker engine answers')
    client('version*) echo 28.0.1 ;;\ncompose*) exit 1 ;;')
    expect(await dockerProblem()).toBe('Docker has no compose plugin')
  })

  it('is a way with an engine and the plugin', async () => {
    client('version*) echo 28.0.1 ;;\ncompose*) echo v2.33.1 ;;')
    expect(await dockerProblem()).toBeUndefined()
  })
})

describe('the version of Java', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', 17],
    ['openjdk version "21" 2023-09-19 LTS', 21],
    ['openjdk version "26-ea" 2026-03-17', 26],
    ['java version "1.8.0_392"', 8],
    ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "25.0.1"', 25],
    ['The operation couldn’t be completed. Unable to locate a Java Runtime.', undefined],
    ['', undefined],
  ])('reads %j as %s', (output, version) => {
    expect(parseJavaVersion(output)).toBe(version)
  })
})

describe('ports', () => {
  it('keeps the usual ones that are free', async () => {
    const [free = 0] = await choosePorts([0])
    expect(await choosePorts([free])).toEqual([free])
  })

  it.each(['127.0.0.1', '::1', '0.0.0.0'])(
    'evades a port that is taken on %s, and never gives one twice',
    async (host) => {
      const server = createServer()
      await new Promise<void>((done) => server.listen(0, host, done))
      const address = server.address()
      const taken = address !== null && typeof address === 'object' ? address.port : 0
      try {
        expect(await isPortTaken(taken)).toBe(true)
        const ports = await choosePorts([taken, taken, taken])
        expect(new Set([...ports, taken]).size).toBe(4)
      } finally {
        server.close()
      }
    },
  )
})

describe('the environment of a child', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('has one language and one time zone, whatever the user has', () => {
    vi.stubEnv('LC_ALL', 'tr_TR.UTF-8')
    vi.stubEnv('LC_NUMERIC', 'de_DE.UTF-8')
    vi.stubEnv('TZ', 'Asia/Kolkata')
    for (const environment of [childEnvironment(), serverEnvironment(), mavenEnvironment()]) {
      expect(environment).toMatchObject({ LC_ALL: 'C.UTF-8', TZ: 'UTC' })
      expect(environment.LC_NUMERIC).toBeUndefined()
    }
  })

  it.each([
    ...['JAVA_TOOL_OPTIONS', '_JAVA_OPTIONS', 'JDK_JAVA_OPTIONS', 'CLASSPATH', 'KAFKA_OPTS', 'KAFKA_HEAP_OPTS'],
    ...['KAFKA_LOG4J_OPTS', 'MYSQL_HOME', 'MYSQL_PWD', 'REDISCLI_AUTH', 'LD_PRELOAD', 'FORCE_COLOR', 'NODE_ENV'],
    ...['NODE_OPTIONS', 'NODE_USE_ENV_PROXY', 'SLS_DEBUG', 'SERVERLESS_ACCESS_KEY', 'AWS_PROFILE', 'MAVEN_OPTS'],
  ])('has nothing of %s', (name) => {
    vi.stubEnv(name, 'something of the user')
    expect(childEnvironment()[name]).toBeUndefined()
    expect(serverEnvironment()[name]).toBeUndefined()
  })

  it('has what is ours, and what is added', () => {
    vi.stubEnv('KAFKA_BROKERS', 'broker:9092')
    vi.stubEnv('MYSQL_URL', 'mysql://db')
    expect(childEnvironment({ NODE_OPTIONS: '--inspect-port=1' })).toMatchObject({
      KAFKA_BROKERS: 'broker:9092',
      MYSQL_URL: 'mysql://db',
      NODE_OPTIONS: '--inspect-port=1',
    })
  })

  it('leaves loopback out of proxies', () => {
    vi.stubEnv('no_proxy', 'intranet')
    expect(childEnvironment().no_proxy).toBe('intranet,localhost,127.0.0.1,::1')
    vi.stubEnv('no_proxy', '*')
    expect(childEnvironment().NO_PROXY).toBe('*')
  })

  it('leaves Maven its proxy and its settings, and takes the rest', () => {
    vi.stubEnv('JAVA_TOOL_OPTIONS', '-Dhttps.proxyHost=proxy -javaagent:/agent.jar')
    vi.stubEnv('MAVEN_OPTS', '-XX:MaxPermSize=512m -Duser.language=tr')
    vi.stubEnv('MAVEN_ARGS', '-s /etc/corporate.xml --version')
    const { MAVEN_OPTS, MAVEN_ARGS } = mavenEnvironment()
    expect(MAVEN_OPTS).toMatch(/^-Dhttps.proxyHost=proxy -Duser.language=tr -Duser.language=en /)
    expect(MAVEN_OPTS).not.toMatch(/agent|PermSize/)
    expect(MAVEN_ARGS).toBe('-s /etc/corporate.xml')
  })
})

describe('what is printed', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gochat-unit-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('of an error of the system is a sentence', () => {
    const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', errno: -28, syscall: 'write' })
    expect(sentenceOf(full)).toMatch(/^The system refuses to write in this folder: no space left .* Make some room/)
  })

  it('of a disk without room is how much is there, and how much it must be', () => {
    checkFreeSpace(folder, 0)
    expect(() => checkFreeSpace(folder, 1e9)).toThrow(
      /^Only \d+ MB are free for .*, and 1000000000 MB are needed\. Make/,
    )
  })

  it('of a log is its end without colours, or that there is nothing', () => {
    const file = join(folder, 'a.log')
    writeFileSync(file, 'one\n\x1b[31mtwo\x1b[0m\nthree\n')
    expect(lastLines(file, 2)).toBe('    two\n    three')
    writeFileSync(file, '')
    expect(lastLines(file)).toBe('    (nothing)')
  })
})
