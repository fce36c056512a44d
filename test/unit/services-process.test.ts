/** A start leaves no process, container or lock behind, whatever ends it. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { serverEnvironment } from '../../infra/services/environment.ts'
import { lock } from '../../infra/services/lock.ts'
import { end, isAlive, launch, run } from '../../infra/services/process.ts'

const moduleOf = (name: string) => JSON.stringify(join(import.meta.dirname, `../../infra/services/${name}.ts`))

/** Another process of the project's Node, running that code. */
const another = (code: string, options: { env?: NodeJS.ProcessEnv } = {}) =>
  spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...options,
  })

/** Zombies do not count. A slim Linux image has no ps, and macOS no /proc. */
function isRunning(pid: number): boolean {
  if (existsSync('/proc/self')) return existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`).length > 0
  return /^[^Z\s]/.test(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout)
}

describe('processes', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gochat-unit-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  /** Another process that launches a command and waits; resolves with both once the command runs. */
  async function launcherOf(command: string) {
    const note = join(folder, 'pid')
    const code = `import { launch } from ${moduleOf('process')}
      launch('sh', ['-c', ${JSON.stringify(`echo $$ > pid; ${command}`)}], {
        cwd: ${JSON.stringify(folder)}, env: process.env, output: 'ignore' })
      setInterval(() => {}, 1000)`
    const launcher = another(code)
    const pid = await vi.waitFor(() => Number(readFileSync(note, 'utf8').trim() || expect.fail('no pid yet')), 5_000)
    return { launcher, pid }
  }

  it('end when they are asked to, even paused', async () => {
    const child = launch('sleep', ['600'], { env: serverEnvironment(), output: 'ignore' })
    child.kill('SIGSTOP')
    await end(child, 2_000)
    expect(child.signalCode).toBe('SIGTERM')
  })

  it('are killed when they ignore that', async () => {
    const child = launch('sh', ['-c', "trap '' TERM; echo ready; while :; do sleep 0.1; done"], {
      env: serverEnvironment(),
      output: 'pipe',
    })
    await new Promise((ready) => child.stdout?.once('data', ready))
    await end(child, 100)
    expect(child.signalCode).toBe('SIGKILL')
    expect(isAlive(child)).toBe(false)
  })

  it('end with the process that started them, whatever kills it', async () => {
    const { launcher, pid } = await launcherOf('exec sleep 600')
    launcher.kill('SIGKILL')
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), 5_000)
  })

  it('end with their launcher even when they ignore signals, and take their own children along', async () => {
    const { launcher, pid } = await launcherOf("trap '' HUP INT TERM; sleep 600 & echo $! > child; wait")
    const child = await vi.waitFor(() => Number(readFileSync(join(folder, 'child'), 'utf8').trim() || expect.fail()))
    launcher.kill('SIGKILL')
    await vi.waitFor(() => expect([pid, child].filter(isRunning)).toEqual([]), 5_000)
  })

  it('leave no process of their group behind when they end by themselves', async () => {
    const log = join(folder, 'log')
    await run('sh', ['-c', 'sleep 600 & echo $!'], { timeoutMs: 5_000, logFile: log })
    const left = Number(readFileSync(log, 'utf8').trim())
    await vi.waitFor(() => expect(isRunning(left)).toBe(false), 5_000)
  })

  it('that take too long are killed, and so are those that are aborted', async () => {
    const pidFile = join(folder, 'pid')
    const command = ['-c', 'echo $$ > pid; exec sleep 600']
    const pid = () => Number(readFileSync(pidFile, 'utf8').trim() || expect.fail('no pid yet'))
    const outcome = await run('sh', command, { timeoutMs: 500, cwd: folder })
    expect(outcome).toEqual({ exitCode: null, output: '', isTimedOut: true })
    expect(isRunning(pid())).toBe(false)

    rmSync(pidFile)
    const abort = new AbortController()
    const aborted = run('sh', command, { timeoutMs: 60_000, cwd: folder, signal: abort.signal })
    await vi.waitFor(() => expect(isRunning(pid())).toBe(true))
    abort.abort(new Error('Stopped.'))
    await expect(aborted).rejects.toThrow('Stopped.')
    expect(isRunning(pid())).toBe(false)
  })

  it('that do not exist have an exit code, not an error', async () => {
    expect(await run('no-such-program', [], { timeoutMs: 5_000 })).toMatchObject({ exitCode: 127, isTimedOut: false })
  })
})

describe('containers', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gochat-unit-'))
    mkdirSync(join(folder, 'data'))
  })
  // What the launcher has left may still write into it.
  afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }))

  /** Starts them from another process, with a fake docker that records its arguments and never finishes. */
  async function startElsewhere() {
    const docker = `#!/bin/sh\necho "$@" >> '${folder}/calls'\ncase "$*" in *\\ up\\ *) exec sleep 600;; esac\n`
    writeFileSync(join(folder, 'docker'), docker, { mode: 0o755 })
    const code = `import { composeUp } from ${moduleOf('docker')}
      const dataDir = ${JSON.stringify(join(folder, 'data'))}
      await composeUp(['redis'], { dataDir, keepData: true, signal: new AbortController().signal, onStop() {} })`
    const launcher = another(code, { env: { ...process.env, PATH: `${folder}:${process.env.PATH}` } })
    const calls = () => readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')
    await vi.waitFor(() => expect(calls().at(-1)).toContain(' up '), 5_000)
    return { launcher, calls }
  }

  it('go down when the process that started them is killed, and keep their data', async () => {
    const { launcher, calls } = await startElsewhere()
    launcher.kill('SIGKILL')
    await vi.waitFor(
      () => expect(calls().at(-1)).toMatch(/^compose --project-name gochat-\w+ down --timeout 10$/),
      5_000,
    )
  })

  it('lose their data only with a new data directory', async () => {
    const first = await startElsewhere()
    expect(first.calls()[0]).toMatch(/ down .*--volumes$/)
    first.launcher.kill('SIGKILL')
    const second = await startElsewhere()
    expect(second.calls().filter((line) => line.includes('--volumes'))).toHaveLength(1)
    second.launcher.kill('SIGKILL')
  })
})

describe('the lock of a data directory', () => {
  let folder = ''
  const holders: ReturnType<typeof another>[] = []
  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'gochat-unit-')), 'data')
    mkdirSync(folder)
  })
  afterEach(() => {
    for (const holder of holders.splice(0)) holder.kill('SIGKILL')
    rmSync(join(folder, '..'), { recursive: true, force: true })
  })

  /** Another process that holds the lock of that directory, and keeps nothing of it that garbage collection would spare. */
  async function holderOf(directory: string) {
    const holder = another(`import { lock } from ${moduleOf('lock')}
      lock(${JSON.stringify(directory)})
      gc()
      setTimeout(() => { gc(); console.log('held') })
      setInterval(() => {}, 1000)`)
    holders.push(holder)
    await once(holder.stdout, 'data')
    return holder
  }

  it('lets one start at a time use it', async () => {
    const unlock = lock(folder)
    expect(() => lock(folder)).toThrow(`Another start (process ${process.pid}) is using ${folder}`)
    unlock()
    const { pid } = await holderOf(folder)
    expect(() => lock(folder)).toThrow(`Another start (process ${pid}) is using ${folder}`)
  })

  it('is free again once its holder is killed', async () => {
    const holder = await holderOf(folder)
    expect(() => lock(folder)).toThrow()
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    lock(folder)()
  })

  it('is not held by a process that has the number of a former holder now', () => {
    writeFileSync(join(folder, 'lock.pid'), String(process.pid))
    lock(folder)()
  })

  it('goes with a directory that is moved, and not with its copy', async () => {
    const { pid } = await holderOf(folder)
    const copy = join(folder, '../copy')
    const moved = join(folder, '../moved')
    cpSync(folder, copy, { recursive: true })
    renameSync(folder, moved)
    lock(copy)()
    expect(() => lock(moved)).toThrow(`(process ${pid})`)
  })

  it('is not given back by one who no longer has it', async () => {
    const unlock = lock(folder)
    rmSync(folder, { recursive: true })
    const { pid } = await holderOf(folder)
    unlock()
    expect(() => lock(folder)).toThrow(`(process ${pid})`)
  })

  it('holds on paths of up to 480 bytes, and says that others are too long', () => {
    const parent = join(folder, ...Array.from({ length: 20 }, () => 'a folder of 20 bytes'))
    const longest = join(parent, 'x'.repeat(480 - parent.length - 1))
    lock(longest)()
    expect(() => lock(`${longest}x`)).toThrow(/^The path of .* is longer than 480 bytes\. Move it/)
  })
})
