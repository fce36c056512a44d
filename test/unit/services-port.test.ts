/** Ports that are chosen and taken later: another program may be faster. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as listener } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PortLost, StartFailure } from '../../infra/services/failure.ts'
import { choosePorts, mustBeFree, onFreePorts } from '../../infra/services/port.ts'

let folder = ''
const starts: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gochat-unit-'))
})
afterEach(() => {
  for (const start of starts.splice(0)) start.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const moduleOf = (name: string): string => JSON.stringify(join(import.meta.dirname, `../../infra/services/${name}.ts`))

/**
 * Starts a server from another process, which ends with it, and resolves with the server's port. The server takes its port a while
 * after it was started, and answers with the number of its process.
 */
async function startElsewhere(name: string, usual: number): Promise<number> {
  const code = `
    import { onFreePorts } from ${moduleOf('port')}
    import { createServer } from ${moduleOf('server')}
    const port = await onFreePorts([${usual}], async ([port]) => {
      const slow = "setTimeout(() => require('node:http').createServer((_, to) => to.end(String(process.pid)))" +
        ".listen(" + port + ", '127.0.0.1'), 1000)"
      const probe = async (pid) => {
        const answer = await (await fetch('http://127.0.0.1:' + port)).text()
        if (answer !== String(pid)) throw new Error('another one answers')
      }
      const program = { title: 'A server', command: process.execPath, args: ['-e', slow], directory: '.' }
      await createServer({ ...program, environment: process.env, probe, logFile: '${name}.log' }, () => {}).start()
      return port
    })
    console.log(port)
    setInterval(() => {}, 1000)`
  const start = spawn(process.execPath, ['--input-type=module', '-e', code], { cwd: folder })
  starts.push(start)
  const errors = text(start.stderr)
  const printed = once(start.stdout, 'data').then(([data]) => Number(data))
  const ended = once(start, 'exit').then(async () => Promise.reject(new Error(await errors)))
  return await Promise.race([printed, ended])
}

describe('five starts at one moment', () => {
  it('that want the same port all come up, each on one of its own', async () => {
    const [usual = 0] = await choosePorts([0])
    const ports = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => startElsewhere(name, usual)))
    expect(ports).toContain(usual)
    expect(new Set(ports).size).toBe(5)
  })
})

describe('a start', () => {
  it('is repeated on other ports when it has lost one, at most three times', async () => {
    const [usual = 0] = await choosePorts([0])
    const tried: number[] = []
    const lose = async ([port = 0]: readonly number[]) => {
      tried.push(port)
      throw new PortLost('Lost.')
    }
    await expect(onFreePorts([usual], lose)).rejects.toThrow('Lost.')
    expect(tried[0]).toBe(usual)
    expect(new Set(tried).size).toBe(3)
  })

  it('is not repeated when it fails for another reason', async () => {
    let attempts = 0
    const fail = async () => {
      attempts += 1
      throw new StartFailure('Broken.')
    }
    await expect(onFreePorts([0], fail)).rejects.toThrow('Broken.')
    expect(attempts).toBe(1)
  })
})

describe('a port that must be free', () => {
  it('is named with the process that has it', async () => {
    const [port = 0] = await choosePorts([0])
    await mustBeFree(port)
    const other = listener()
    await new Promise<void>((done) => other.listen(port, '127.0.0.1', done))
    try {
      await expect(mustBeFree(port)).rejects.toThrow(
        new RegExp(
          `^Port ${port} is used by another program, process ${process.pid} \\(.+\\)\\. Choose another: PORT=\\d+ npm start$`,
        ),
      )
    } finally {
      other.close()
    }
  })
})
