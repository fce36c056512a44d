/** Logging in to a cache with tokens: each connection has one that is new. */

import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import { openRedis } from '../../lib/client/redis.ts'

const closers: (() => void)[] = []
afterEach(() => {
  vi.useRealTimers()
  for (const close of closers.splice(0)) close()
})

/** Hears what clients say, and hangs up: what a log-in looks like is all that is asked of it. */
async function listener(): Promise<{ port: number; heard: string[] }> {
  const heard: string[] = []
  const server: Server = createServer((socket) => {
    socket.on('data', (data) => {
      heard.push(data.toString())
      socket.destroy()
    })
    socket.on('error', () => undefined)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  closers.push(() => server.close())
  return { port: (server.address() as AddressInfo).port, heard }
}

it('a connection says the user and a token of the minute it connects in', async () => {
  const { port, heard } = await listener()
  vi.useFakeTimers({ now: new Date('2026-11-25T10:00:00Z'), toFake: ['Date'] })
  const redis = openRedis(`redis://gochat-dev@127.0.0.1:${port}?auth=iam&cache=gochat-dev`)
  closers.push(() => redis.disconnect())
  const tokens = (): string[] => heard.join('').match(/gochat-dev\/\?Action=connect\S+/g) ?? []
  const said = async (time: string): Promise<void> => {
    await redis.get('key').catch(() => undefined)
    await vi.waitFor(() => expect(tokens().some((token) => token.includes(`X-Amz-Date=${time}`))).toBe(true), 5_000)
  }
  await said('20261125T100000Z')
  expect(heard.join('')).toContain('gochat-dev\r\n')
  vi.setSystemTime(new Date('2026-11-25T11:00:00Z'))
  await said('20261125T110000Z')
})
