import { Agent } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { bodyOf, edge, witness } from './edge-testbed.ts'
import { ask } from './edge-viewer.ts'

const tenMegabytes = 10 * 1024 * 1024

describe('routing', () => {
  test('brings every request to the HTTP API, path and query unchanged, so that its own catch-all can answer', async () => {
    const origin = witness()
    const { port } = await edge({ call: origin.call, staticFolders: [{ prefix: '/swagger', folder: '/nowhere' }] })
    const paths = ['/api/user/info?a=1&b=%20x&c', '/', '/nope', '/api/../x//y?z', '/api/wsx', '/swaggers', '/%7Ea%2Fb']
    for (const path of paths) expect((await ask(port, path, { method: 'PUT' })).status).toBe(200)
    const asked = origin.seen.map(({ rawPath, rawQueryString }) => `${rawPath}?${rawQueryString}`.replace(/\?$/, ''))
    expect(asked).toEqual(paths)
    expect(new Set(origin.seen.map(({ requestContext }) => requestContext.http.method))).toEqual(new Set(['PUT']))
  })

  test('answers a request to the socket path that is no upgrade with 426', async () => {
    const { port } = await edge({})
    const { status, headers, body } = await ask(port, '/api/ws?token=a')
    expect([status, headers.upgrade, body]).toEqual([426, 'websocket', '{"message":"Upgrade Required"}'])
  })

  test('takes an upgrade to anything else for a plain request', async () => {
    const origin = witness()
    const { port } = await edge({ call: origin.call })
    for (const [path, upgrade] of [
      ['/api/other', 'websocket'],
      ['/api/user', 'h2c'],
    ]) {
      const { status } = await ask(port, path ?? '', { headers: { connection: 'Upgrade', upgrade } })
      expect(status).toBe(200)
    }
    for (const [method, upgrade] of [
      ['GET', 'h2c'],
      ['POST', 'websocket'],
    ]) {
      const { status } = await ask(port, '/api/ws', { method, headers: { connection: 'Upgrade', upgrade } })
      expect(status).toBe(426)
    }
    expect(origin.seen[0]?.headers).not.toHaveProperty('upgrade')
  })
})

describe('bodies', () => {
  const tooLarge = [413, '{"message":"Request Entity Too Large"}']
  const chunked = { method: 'POST', headers: { 'transfer-encoding': 'chunked' } }

  test('of 10 MiB pass, whether their length is announced or not', async () => {
    const origin = witness()
    const { port } = await edge({ call: origin.call })
    const body = Buffer.alloc(tenMegabytes, 'x')
    expect((await ask(port, '/', { method: 'POST', body })).status).toBe(200)
    expect((await ask(port, '/', { ...chunked, body })).status).toBe(200)
    expect(origin.seen.map(bodyOf)).toEqual([body, body])
  })

  test('of one byte more are refused with 413, and no function gets one', async () => {
    const origin = witness()
    const { port } = await edge({ call: origin.call })
    const body = Buffer.alloc(tenMegabytes + 1, 'x')
    const announced = await ask(port, '/', { method: 'POST', body })
    expect([announced.status, announced.body]).toEqual(tooLarge)
    const measured = await ask(port, '/', { ...chunked, body })
    expect([measured.status, measured.body]).toEqual(tooLarge)
    expect(origin.seen).toEqual([])
  })

  test('that were refused leave their connection usable', async () => {
    const origin = witness()
    const { port } = await edge({ call: origin.call })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const body = Buffer.alloc(tenMegabytes + 2_000_000, 'x')
    expect((await ask(port, '/', { method: 'POST', body, agent })).status).toBe(413)
    expect((await ask(port, '/', { ...chunked, body, agent })).status).toBe(413)
    expect((await ask(port, '/', { agent })).status).toBe(200)
  })

  test('that the viewer asks about first need not be sent to be refused', async () => {
    const { port } = await edge({})
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => {
      socket.destroy()
    })
    socket.write(`POST / HTTP/1.1\r\nHost: edge\r\nExpect: 100-continue\r\nContent-Length: ${tenMegabytes + 1}\r\n\r\n`)
    const head = await new Promise((resolve) => socket.once('data', resolve))
    expect(String(head)).toMatch(/^HTTP\/1.1 413 /)
  })
})
