/** The parts of the services' start that decide: which way, which port, whose process. */
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { choose, parseJavaVersion } from '../../infra/services/choose.ts'
import { run } from '../../infra/services/command.ts'
import { childEnvironment, mavenEnvironment, serverEnvironment } from '../../infra/services/environment.ts'
import { lastLines, sentenceOf } from '../../infra/services/failure.ts'
import { end, isAlive, launch, send } from '../../infra/services/launch.ts'
import { holder, lock } from '../../infra/services/lock.ts'
import { choosePorts, isPortTaken } from '../../infra/services/port.ts'
import { inspect, isRunning, self } from '../../infra/services/process.ts'

const open = async () => undefined
const closed = (why: string) => async () => why
const given = { MYSQL_URL: 'mysql://db', REDIS_URL: 'redis://cache', KAFKA_BROKERS: 'broker:9092' }

describe('the choice of a way', () => {
  it('takes given addresses and asks for nothing else', async () => {
    const probe = vi.fn(open)
    const choice = await choose(given, { docker: probe, maven: probe })
    expect(choice).toMatchObject({ given: ['mysql', 'redis', 'kafka'], missing: [], way: undefined })
    expect(probe).not.toHaveBeenCalled()
  })

  it('prefers Docker and does not look for Maven then', async () => {
    const maven = vi.fn(open)
    expect(await choose({}, { docker: open, maven })).toMatchObject({
      missing: ['mysql', 'redis', 'kafka'],
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
    expect(choice).toMatchObject({ given: ['redis'], missing: ['mysql', 'kafka'], way: 'docker' })
  })

  it('reads an empty variable as not set', async () => {
    const choice = await choose({ ...given, KAFKA_BROKERS: '' }, { docker: open, maven: open })
    expect(choice.missing).toEqual(['kafka'])
  })

  it('names all three ways when none is open, and what each lacks', async () => {
    const failing = choose({ MYSQL_URL: 'mysql://db' }, { docker: closed('no engine'), maven: closed('no Java') })
    await expect(failing).rejects.toThrow(
      /^Redis and Kafka need [\s\S]*REDIS_URL and KAFKA_BROKERS[\s\S]*no engine[\s\S]*no Java/,
    )
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

describe('processes', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gochat-unit-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const gone = 2 ** 22 + 1
  const sleeper = () => launch('sleep', ['600'], { env: serverEnvironment(), stdio: ['ignore', 'ignore', 'ignore'] })
  const launchFile = JSON.stringify(join(import.meta.dirname, '../../infra/services/launch.ts'))

  /** Another process that launches a command, and then waits; resolves with both once the command runs. */
  async function launcherOf(command: string) {
    const note = join(folder, 'pid')
    const code = `import { launch } from ${launchFile}
      launch('sh', ['-c', ${JSON.stringify(`echo $$ > pid; ${command}`)}], {
        cwd: ${JSON.stringify(folder)}, env: process.env, stdio: ['ignore', 'ignore', 'ignore'] })
      setInterval(() => {}, 1000)`
    const launcher = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore' })
    const pid = await vi.waitFor(() => Number(readFileSync(note, 'utf8').trim() || expect.fail('no pid yet')), 5_000)
    return { launcher, pid }
  }

  it('know themselves, and nobody under an unused id', () => {
    expect(self()).toEqual(inspect(process.pid))
    expect(inspect(gone)).toBeUndefined()
    expect(isRunning({ ...self(), started: 'at another time' })).toBe(false)
  })

  it('end when they are asked to, even paused', async () => {
    const child = sleeper()
    send(child, 'SIGSTOP')
    await end(child, 2_000)
    expect(child.signalCode).toBe('SIGTERM')
  })

  it('are killed when they do not listen', async () => {
    const child = launch('sh', ['-c', "trap '' TERM; echo ready; while :; do sleep 0.1; done"], {
      env: serverEnvironment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    await new Promise((ready) => child.stdout?.once('data', ready))
    await end(child, 100)
    expect(child.signalCode).toBe('SIGKILL')
    expect(isAlive(child)).toBe(false)
  })

  it('end with the process that started them, whatever kills it', async () => {
    const { launcher, pid } = await launcherOf('exec sleep 600')
    launcher.kill('SIGKILL')
    await vi.waitFor(() => expect(inspect(pid)).toBeUndefined(), 5_000)
  })

  it('end with their launcher even when they ignore signals, and take their own children along', async () => {
    const { launcher, pid } = await launcherOf("trap '' HUP INT TERM; sleep 600 & echo $! > child; wait")
    const child = await vi.waitFor(() => Number(readFileSync(join(folder, 'child'), 'utf8').trim() || expect.fail()))
    launcher.kill('SIGKILL')
    await vi.waitFor(() => expect([inspect(pid), inspect(child)]).toEqual([undefined, undefined]), 5_000)
  })

  it('leave nobody of their group behind when they end by themselves', async () => {
    const log = join(folder, 'log')
    await run('sh', ['-c', 'sleep 600 & echo $!'], { timeoutMs: 5_000, logFile: log })
    const left = Number(readFileSync(log, 'utf8').trim())
    await vi.waitFor(() => expect(inspect(left)).toBeUndefined(), 5_000)
  })

  it('that do not exist are no error but an answer', async () => {
    expect(await run('no-such-program', [], { timeoutMs: 5_000 })).toMatchObject({ exitCode: 127, isTimedOut: false })
  })
})

describe('containers', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gochat-unit-'))
    mkdirSync(join(folder, 'data'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** Starts them from another process, with a docker that writes down what it is told and never gets them up. */
  async function startElsewhere() {
    const docker = `#!/bin/sh\necho "$@" >> '${folder}/told'\ncase "$*" in *\\ up\\ *) exec sleep 600;; esac\n`
    writeFileSync(join(folder, 'docker'), docker, { mode: 0o755 })
    const code = `import { composeUp } from ${JSON.stringify(join(import.meta.dirname, '../../infra/services/docker.ts'))}
      const dataDir = ${JSON.stringify(join(folder, 'data'))}
      await composeUp(['redis'], { dataDir, keepData: true, logFile: dataDir + '/log', signal: new AbortController().signal })`
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` }
    const launcher = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore', env })
    const told = () => readFileSync(join(folder, 'told'), 'utf8').trim().split('\n')
    await vi.waitFor(() => expect(told().at(-1)).toContain(' up '), 5_000)
    return { launcher, told }
  }

  it('go down when the process that started them is killed, and keep their data', async () => {
    const { launcher, told } = await startElsewhere()
    launcher.kill('SIGKILL')
    await vi.waitFor(
      () => expect(told().at(-1)).toMatch(/^compose --project-name gochat-\w+ down --timeout 10$/),
      5_000,
    )
  })

  it('begin anew with a new data directory alone', async () => {
    const first = await startElsewhere()
    expect(first.told()[0]).toMatch(/ down .*--volumes$/)
    first.launcher.kill('SIGKILL')
    const second = await startElsewhere()
    expect(second.told().filter((line) => line.includes('--volumes'))).toHaveLength(1)
    second.launcher.kill('SIGKILL')
  })
})

describe('the lock of a data directory', () => {
  let folder = ''
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'gochat-unit-')), 'data')
    mkdirSync(folder)
  })
  afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

  it('lets one start at a time use it', () => {
    const unlock = lock(folder)
    expect(() => lock(folder)).toThrow(/Another start/)
    unlock()
    expect(holder(folder)).toBeUndefined()
    lock(folder)()
  })

  it.each([
    ['a process that is gone', { pid: 2 ** 22 + 1, started: '1' }],
    ['a number that another process has now', { pid: process.pid, started: '1' }],
  ])('is taken over from %s', (_whose, other) => {
    const unlock = lock(folder)
    const held = JSON.parse(readFileSync(join(folder, 'lock'), 'utf8'))
    writeFileSync(join(folder, 'lock'), JSON.stringify({ ...held, ...other }))
    expect(holder(folder)).toBeUndefined()
    lock(folder)
    expect(holder(folder)?.pid).toBe(process.pid)
    unlock()
  })

  it('goes with a directory that is moved, and not with its copy', () => {
    lock(folder)
    const copy = join(folder, '../copy')
    const moved = join(folder, '../moved')
    cpSync(folder, copy, { recursive: true })
    renameSync(folder, moved)
    expect(holder(copy)).toBeUndefined()
    expect(holder(moved)?.pid).toBe(process.pid)
  })

  it('is not given back by one who no longer has it', () => {
    const unlock = lock(folder)
    rmSync(folder, { recursive: true })
    mkdirSync(folder)
    writeFileSync(join(folder, 'lock'), 'of another')
    unlock()
    expect(readFileSync(join(folder, 'lock'), 'utf8')).toBe('of another')
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

  it('of a log is its end without colours, or that there is nothing', () => {
    const file = join(folder, 'a.log')
    writeFileSync(file, 'one\n\x1b[31mtwo\x1b[0m\nthree\n')
    expect(lastLines(file, 2)).toBe('    two\n    three')
    writeFileSync(file, '')
    expect(lastLines(file)).toBe('    (nothing)')
  })
})
