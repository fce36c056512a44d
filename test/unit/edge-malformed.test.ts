/** What is hardly HTTP: answered in JSON by the edge, and nobody else is the worse for it. */
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { edge, witness } from './edge-testbed.ts'
import { ask } from './edge-viewer.ts'

/** All that comes back for these bytes until the edge hangs up. */
async function exchange(port: number, bytes: string, { isAll = false } = {}): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes, 'latin1')
  if (isAll) socket.end()
  return Buffer.concat(await socket.toArray()).toString()
}

const host = 'Host: edge\r\n'

describe('a refusal', () => {
  test.each([
    ['FOO / HTTP/1.1\r\n\r\n', 405, 'Method Not Allowed'],
    ['CONNECT edge:80 HTTP/1.1\r\nHost: edge:80\r\n\r\n', 405, 'Method Not Allowed'],
    ['GET / HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'Bad Request'],
    [`GET / HTTP/1.1\r\n${host}nonsense\r\n\r\n`, 400, 'Bad Request'],
    [`GET / HTTP/1.1\r\n${host}a: ${'x'.repeat(400_000)}\r\n\r\n`, 431, 'Request Header Fields Too Large'],
    [`POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nx\r\n`, 400, 'Bad Request'],
  ])('is JSON, whole, and the last word: %s', async (bytes, status, message) => {
    const origin = witness()
    const { port } = await edge({ call: origin.call })
    const [head = '', body] = (await exchange(port, bytes)).split('\r\n\r\n')
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(head.toLowerCase()).toContain('content-type: application/json')
    expect(body).toBe(JSON.stringify({ message }))
    expect(origin.seen).toEqual([])
    expect((await ask(port, '/')).status).toBe(200)
  })

  test('of a body that breaks off reaches a viewer that still listens', async () => {
    const { port } = await edge({})
    const half = `POST / HTTP/1.1\r\n${host}Content-Length: 9\r\n\r\nhalf`
    expect(await exchange(port, half, { isAll: true })).toMatch(/^HTTP\/1.1 400 .*\{"message":"Bad Request"\}$/s)
  })

  test('waits for the answer to what was asked before', async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    const { promise: mayAnswer, resolve: answerNow } = Promise.withResolvers<void>()
    const call = async () => {
      resolve()
      await mayAnswer
      return { statusCode: 200, body: 'answered' }
    }
    const { port } = await edge({ call })
    const all = exchange(port, `POST / HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\n{}nonsense`)
    await asked
    answerNow()
    expect(await all).toMatch(/^HTTP\/1.1 200 .*answered.*HTTP\/1.1 405 .*\{"message":"Method Not Allowed"\}$/s)
  })
})

describe('a request', () => {
  test('of 200 KB of headers is read, and so is one of HTTP/1.0 without a host', async () => {
    const origin = witness()
    const { port } = await edge({ call: origin.call })
    const cookie = `a=${'x'.repeat(200_000)}`
    expect((await ask(port, '/', { headers: { cookie } })).status).toBe(200)
    expect(await exchange(port, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /)
    expect(origin.seen[0]?.cookies).toEqual([cookie])
  })

  test('that expects what nobody does is answered all the same', async () => {
    const { call } = witness()
    const { port } = await edge({ call })
    expect((await ask(port, '/', { headers: { expect: 'nonsense' } })).status).toBe(200)
  })

  test('whose target has a scheme and a host is for the path behind them', async () => {
    const origin = witness()
    const { port } = await edge({ call: origin.call })
    for (const target of ['http://elsewhere/a?b', 'HTTPS://[::1]:9/a?b', '/a?b', '/a?b=http://c/d']) {
      expect((await ask(port, target)).status).toBe(200)
    }
    expect(origin.seen.map(({ rawPath }) => rawPath)).toEqual(Array(4).fill('/a'))
    expect((await ask(port, 'http://elsewhere/api/ws')).status).toBe(426)
  })
})
