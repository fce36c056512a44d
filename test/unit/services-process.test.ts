/** What the services' start leaves behind on a machine: nothing, whatever ends it. */
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { run } from '../../infra/services/command.ts'
import { serverEnvironment } from '../../infra/services/environment.ts'
import { end, isAlive, launch, send } from '../../infra/services/launch.ts'
import { holder, lock } from '../../infra/services/lock.ts'
import { inspect, isRunning, self } from '../../infra/services/process.ts'

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
