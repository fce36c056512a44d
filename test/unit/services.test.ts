/** The parts of the services' start that decide: which way, which port, whose process. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { choose, parseJavaVersion } from '../../infra/services/choose.ts'
import { dockerProblem } from '../../infra/services/docker.ts'
import { lastLines } from '../../infra/services/failure.ts'
import { endLeftover, holder, lock, note } from '../../infra/services/leftover.ts'
import { choosePorts, isPortTaken } from '../../infra/services/port.ts'
import { inspect, isRunning, self, terminate } from '../../infra/services/process.ts'

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

  /** Puts a client in the path that answers as Docker's does, by the arguments of the call. */
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

  it('evades a taken port, and never gives one twice', async () => {
    const server = createServer()
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const address = server.address()
    const taken = address !== null && typeof address === 'object' ? address.port : 0
    try {
      expect(await isPortTaken(taken)).toBe(true)
      const ports = await choosePorts([taken, taken, taken])
      expect(new Set([...ports, taken]).size).toBe(4)
    } finally {
      server.close()
    }
  })
})

describe('processes and what a killed start leaves', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gochat-unit-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const sleeper = (mark: string) => {
    const script = 'setInterval(() => {}, 1000)'
    const { pid = 0 } = spawn(process.execPath, ['-e', script, mark], { detached: true, stdio: 'ignore' })
    return pid
  }
  const gone = 2 ** 22 + 1
  const killedLauncher = { pid: gone, started: '1' }

  it('knows itself, and nobody under an unused id', () => {
    expect(inspect(process.pid)?.command).toContain('node')
    expect(inspect(gone)).toBeUndefined()
    expect(isRunning({ ...self(), started: 'at another time' })).toBe(false)
  })

  it('ends a paused process', async () => {
    const pid = sleeper(folder)
    process.kill(pid, 'SIGSTOP')
    const found = inspect(pid)
    await terminate({ pid, started: found?.started ?? '' }, 2_000)
    expect(inspect(pid)).toBeUndefined()
  })

  it('lets one start at a time use a directory', () => {
    const unlock = lock(folder)
    expect(() => lock(folder)).toThrow(/Another start/)
    unlock()
    expect(holder(folder)).toBeUndefined()
    lock(folder)()
  })

  it('takes over the lock of a process that is gone', () => {
    writeFileSync(join(folder, 'lock'), JSON.stringify(killedLauncher))
    const unlock = lock(folder)
    expect(holder(folder)?.pid).toBe(process.pid)
    unlock()
  })

  it('ends a leftover of a start that is gone', async () => {
    const pid = sleeper(folder)
    const file = join(folder, 'mysql.pid')
    writeFileSync(file, JSON.stringify({ process: inspect(pid), launcher: killedLauncher }))
    expect(await endLeftover(file, folder)).toBe(pid)
    expect(inspect(pid)).toBeUndefined()
  })

  it('spares a process of a start that still runs, and a stranger with the same id', async () => {
    const pid = sleeper(folder)
    const file = join(folder, 'mysql.pid')
    note(file, pid)
    expect(await endLeftover(file, folder)).toBeUndefined()
    writeFileSync(file, JSON.stringify({ process: { pid, started: '1' }, launcher: killedLauncher }))
    expect(await endLeftover(file, folder)).toBeUndefined()
    writeFileSync(file, JSON.stringify({ process: inspect(pid), launcher: killedLauncher }))
    expect(await endLeftover(file, 'another directory')).toBeUndefined()
    expect(inspect(pid)).toBeDefined()
    process.kill(pid, 'SIGKILL')
  })

  it('shows the end of a log without colours, and says when there is nothing', () => {
    const file = join(folder, 'a.log')
    writeFileSync(file, 'one\n\x1b[31mtwo\x1b[0m\nthree\n')
    expect(lastLines(file, 2)).toBe('    two\n    three')
    writeFileSync(file, '')
    expect(lastLines(file)).toBe('    (nothing)')
  })
})
