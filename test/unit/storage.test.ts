/** What the bucket answers: an outage is one, and may be over the next time. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Storage } from '../../lib/client/storage.ts'
import { isOutage } from '../../lib/core/outage.ts'

let server: Server
let status = 200
let storage: Storage

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status).end())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  process.env.STORAGE_ENDPOINT = `http://key:secret@127.0.0.1:${(server.address() as AddressInfo).port}`
  const { openStorage } = await import('../../lib/client/storage.ts')
  storage = openStorage()
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

it.each([500, 503])('a bucket that answers %i is an outage', async (answered) => {
  status = answered
  const asked = [storage.look('a'), storage.put('a', new Uint8Array(1), 'text/plain'), storage.remove('a')]
  expect(await Promise.all(asked.map((one) => one.then(() => false, isOutage)))).toEqual([true, true, true])
})

it('a bucket that refuses is none', async () => {
  status = 403
  expect(await storage.look('a')).toBeUndefined()
  const asked = [storage.put('a', new Uint8Array(1), 'text/plain'), storage.remove('a')]
  expect(await Promise.all(asked.map((one) => one.then(() => true, isOutage)))).toEqual([false, false])
})
