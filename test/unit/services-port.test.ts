/** Ports that are chosen and taken later: another program may be faster. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as listener } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PortLost, StartFailure } from '../../infra/services/failure.ts'
import { choosePorts, mustBeFree, onFreePorts } from '../../infra/services/port.ts'
import { createServer, type Server } from '../../infra/services/server.ts'

let folder = ''
const servers: Server[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gochat-unit-'))
})
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
  rmSync(folder, { recursive: true, force: true })
})

/** A program that takes its port a while after it was started, and answers with the number of its process. */
function slowServer(name: string, port: number): Server {
  const code = `setTimeout(() => require('node:http').createServer((_, to) => to.end(String(process.pid)))
    .listen(${port}, '127.0.0.1'), 200)`
  const probe = async (pid: number): Promise<void> => {
    const answer = await (await fetch(`http://127.0.0.1:${port}`)).text()
    if (answer !== String(pid)) throw new Error('another one answers')
  }
  const program = { command: process.execPath, args: ['-e', code], directory: folder, environment: process.env }
  const server = createServer({ title: name, ...program, probe, logFile: join(folder, `${name}.log`) }, () => {})
  servers.push(server)
  return server
}

describe('five starts at one moment', () => {
  it('that want the same port all come up, each on one of its own', async () => {
    const [usual = 0] = await choosePorts([0])
    const ports = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((name) =>
        onFreePorts([usual], async ([port = 0]) => {
          await slowServer(name, port).start()
          return port
        }),
      ),
    )
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
