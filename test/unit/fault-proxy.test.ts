/** The proxy of the fault ring loses connections as networks do: without a word to the client. */
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { openStorageProxy } from '../fault/proxy-storage.ts'
import { homeAddress, openTcpProxy, type TcpProxy } from '../fault/proxy-tcp.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A server that sends everything back, behind a proxy. */
async function echo(): Promise<TcpProxy> {
  const server = createServer((socket) => socket.on('error', () => {}).pipe(socket))
  await once(server.listen(0, homeAddress), 'listening')
  const same = (chunk: Buffer): Buffer => chunk
  const proxy = await openTcpProxy((server.address() as AddressInfo).port, () => ({
    fromClient: same,
    fromServer: same,
  }))
  closers.push(proxy.shut, () => server.close())
  return proxy
}

async function dial({ port }: TcpProxy, address: string): Promise<{ socket: Socket; events: string[] }> {
  const socket = connect(port, address)
  const events: string[] = []
  for (const event of ['data', 'end', 'error', 'close']) socket.on(event, () => events.push(event))
  closers.push(() => socket.destroy())
  await once(socket, 'connect')
  return { socket, events }
}

async function isAnswered({ socket, events }: { socket: Socket; events: string[] }): Promise<boolean> {
  socket.write('?')
  for (let waited = 0; waited < 150 && events.length === 0; waited += 10) await sleep(10)
  return events.splice(0).join() === 'data'
}

it('connections that fall silent stay open and are not answered; new ones are', async () => {
  const proxy = await echo()
  const before = await dial(proxy, homeAddress)
  expect(await isAnswered(before)).toBe(true)
  proxy.silence()
  expect(await isAnswered(before)).toBe(false)
  expect(before.socket.closed).toBe(false)
  expect(await isAnswered(await dial(proxy, homeAddress))).toBe(true)
})

it('after a move only the other address answers, and the old one takes connections without a word', async () => {
  const proxy = await echo()
  const before = await dial(proxy, homeAddress)
  const address = proxy.move()
  expect(address).not.toBe(homeAddress)
  for (const silent of [before, await dial(proxy, homeAddress)]) {
    expect(await isAnswered(silent)).toBe(false)
    expect(silent.socket.closed).toBe(false)
  }
  expect(await isAnswered(await dial(proxy, address))).toBe(true)
  expect(proxy.move()).toBe(homeAddress)
  expect(await isAnswered(await dial(proxy, homeAddress))).toBe(true)
})

it('an overloaded storage refuses every request, each once, and hears of none', async () => {
  const heard: string[] = []
  const server = createHttpServer((request, response) => {
    heard.push(String(request.method))
    request.resume().on('end', () => response.end('bytes'))
  })
  await once(server.listen(0, homeAddress), 'listening')
  const proxy = await openStorageProxy((server.address() as AddressInfo).port)
  closers.push(proxy.shut, () => server.close())
  const ask = async (body?: string) => {
    const reply = await fetch(`http://${homeAddress}:${proxy.port}`, body === undefined ? {} : { method: 'PUT', body })
    return [reply.status, await reply.text()]
  }
  expect(await ask()).toEqual([200, 'bytes'])
  let refused = 0
  proxy.refuse(() => {
    refused += 1
  })
  expect([await ask(), await ask('x'.repeat(300_000))]).toEqual([
    [503, ''],
    [503, ''],
  ])
  expect([refused, heard]).toEqual([2, ['GET']])
  proxy.refuse(undefined)
  expect(await ask()).toEqual([200, 'bytes'])
})
