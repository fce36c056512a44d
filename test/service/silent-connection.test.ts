/** Connections that die without a word, as when a function was frozen or a network forgot them. */

import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'
import { sql } from 'kysely'
import { afterAll, afterEach, expect, it, vi } from 'vitest'
import { type Db, openDb } from '../../lib/client/mysql.ts'
import { config } from '../../lib/core/config.ts'
import { closeClients } from './stage.ts'

afterAll(closeClients)

const closers: (() => unknown)[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const close of closers.splice(0)) await close()
})

/** MySQL behind a proxy that can forget all its connections: they stay open, and carry nothing. New ones are fine. */
async function behindProxy(): Promise<{ db: Db; forget(): void; opened(): number }> {
  const { hostname, port, username, password, pathname } = new URL(config.mysqlUrl)
  const pairs: Socket[][] = []
  const proxy = createServer((client) => {
    const server = connect(Number(port || 3306), hostname)
    for (const socket of [client, server]) socket.on('error', () => undefined)
    client.pipe(server).pipe(client)
    pairs.push([client, server])
  })
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  const { port: at } = proxy.address() as AddressInfo
  const user = password ? `${username}:${password}` : username
  const db = openDb({ url: `mysql://${user}@127.0.0.1:${at}${pathname}`, statementTimeoutMs: 500 })
  closers.push(
    () => db.destroy().catch(() => undefined),
    () => {
      for (const socket of pairs.flat()) socket.destroy()
      proxy.close()
    },
  )
  const forget = (): void => {
    for (const [client, server] of pairs) {
      client?.unpipe()
      server?.unpipe()
      for (const socket of [client, server]) socket?.pause()
    }
  }
  return { db, forget, opened: () => pairs.length }
}

const ask = (db: Db) => sql`select 1`.execute(db)

it('after one statement that waited in vain, the next is answered at once, though all connections were lost', async () => {
  const { db, forget, opened } = await behindProxy()
  await Promise.all(Array.from({ length: 5 }, () => sql`select sleep(0.05)`.execute(db)))
  expect(opened()).toBe(5)
  forget()
  await expect(ask(db)).rejects.toThrow('mysql')
  const from = performance.now()
  for (let time = 0; time < 5; time += 1) await ask(db)
  expect(performance.now() - from).toBeLessThan(300)
})

it('a connection that was silent for half a minute is not used again', async () => {
  const { db, forget } = await behindProxy()
  await ask(db)
  forget()
  vi.useFakeTimers({ now: Date.now() + 31_000, toFake: ['Date'] })
  await ask(db)
})
