/**
 * Requests that are hardly HTTP, on a machine: each gets an answer in JSON, and the service goes on. What a stage says is
 * up to the networks before it.
 */
import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import { baseUrl, isLocal } from '../support/address.ts'
import { call, ok, type Reply, refused } from '../support/http.ts'
import { person } from '../support/people.ts'
import { ask, exchange } from '../support/raw.ts'
import { Identity } from '../support/shape.ts'

const { host, port, protocol } = new URL(baseUrl)
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))

/** A request without a body, of these lines. */
const lines = (...all: string[]): string => [...all, 'Connection: close', '', ''].join('\r\n')

/** An answer of the gateway's own. */
function isGateways(reply: Reply, status: number, message: string): void {
  expect([reply.status, reply.body]).toEqual([status, { message }])
  expect(reply.headers.get('content-type')).toBe('application/json')
}

describe.runIf(isLocal)('a target', () => {
  it('in absolute form is the path that it has', async () => {
    const { token, id } = await person('ada')
    for (const origin of [`http://${host}`, 'HTTP://elsewhere.example:81', 'https://[::1]']) {
      const request = lines(
        `GET ${origin}/api/user/info?a=b HTTP/1.1`,
        `Host: ${host}`,
        `Authorization: Bearer ${token}`,
      )
      expect(ok(await exchange(request), Identity).id).toBe(id)
    }
  })

  it.each(['*', 'api/user/info', 'http://', 'http://elsewhere.example', 'mailto:ada', '?a=b', '#', '/api/user/info#a'])(
    'that is no path is refused: %s',
    async (target) => {
      const reply = await exchange(lines(`GET ${target} HTTP/1.1`, `Host: ${host}`))
      if (reply.status === 404) refused(reply, { status: 404, code: 404 })
      else isGateways(reply, 400, 'Bad Request')
    },
  )

  it('of 100,000 letters is a path like any other', async () => {
    const target = `/api/${'x'.repeat(100_000)}`
    refused(await exchange(lines(`GET ${target} HTTP/1.1`, `Host: ${host}`)), { status: 404, code: 404 })
  })
})

describe.runIf(isLocal)('what is no request', () => {
  const request = `Host: ${host}`

  it.each([
    ['an unknown method', lines('FOO /api/health HTTP/1.1', request), 405, 'Method Not Allowed'],
    ['a method in small letters', lines('get /api/health HTTP/1.1', request), 405, 'Method Not Allowed'],
    ['a tunnel', lines(`CONNECT ${host} HTTP/1.1`, request), 405, 'Method Not Allowed'],
    ['another protocol', lines('GET /api/health SMTP/1.0', request), 400, 'Bad Request'],
    ['a greeting of TLS', Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3, 0x0d, 0x0a]), 405, 'Method Not Allowed'],
    ['bytes beyond ASCII in the path', lines('GET /api/\xe4\xbd\xa0 HTTP/1.1', request), 400, 'Bad Request'],
    ['no host', lines('GET /api/health HTTP/1.1'), 400, 'Bad Request'],
    ['a header without a colon', lines('GET /api/health HTTP/1.1', request, 'nonsense'), 400, 'Bad Request'],
    ['a header without a name', lines('GET /api/health HTTP/1.1', request, ': a'), 400, 'Bad Request'],
    ['a zero byte', lines('GET /api/health HTTP/1.1', request, 'a: \0'), 400, 'Bad Request'],
    [
      'two lengths',
      lines('POST /api/health HTTP/1.1', request, 'Content-Length: 1', 'Content-Length: 2'),
      400,
      'Bad Request',
    ],
    ['a length that is none', lines('POST /api/health HTTP/1.1', request, 'Content-Length: x'), 400, 'Bad Request'],
    [
      'a length and chunks',
      lines('POST /api/health HTTP/1.1', request, 'Content-Length: 1', 'Transfer-Encoding: chunked'),
      400,
      'Bad Request',
    ],
    [
      'a chunk that is none',
      `POST /api/health HTTP/1.1\r\n${request}\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n`,
      400,
      'Bad Request',
    ],
    [
      'headers without end',
      `GET /api/health HTTP/1.1\r\n${request}\r\na: ${'x'.repeat(300_000)}`,
      431,
      'Request Header Fields Too Large',
    ],
  ])('is refused in JSON: %s', async (_title, bytes, status, message) => {
    isGateways(await exchange(bytes), status, message)
    expect((await call('GET', '/api/health')).status).toBe(200)
  })
})

describe.runIf(isLocal)('a request', () => {
  it('finds the service at every address that localhost may stand for', async () => {
    for (const address of hasIpv6 ? ['127.0.0.1', '[::1]', 'localhost'] : ['127.0.0.1', 'localhost']) {
      expect((await fetch(`${protocol}//${address}:${port}/api/health`)).status).toBe(200)
    }
  })

  it('of HTTP/1.0 needs no host', async () => {
    expect((await exchange('GET /api/health HTTP/1.0\r\n\r\n')).status).toBe(200)
  })

  it('that expects what nobody does is answered all the same', async () => {
    const reply = await exchange(lines('GET /api/nothing HTTP/1.1', `Host: ${host}`, 'Expect: nonsense'))
    refused(reply, { status: 404, code: 404 })
  })

  it('with 100 KB of cookies is read', async () => {
    const { token, id } = await person('ada')
    const cookie = `a=${'x'.repeat(100_000)}`
    const reply = await ask('GET', '/api/user/info', { headers: { authorization: `Bearer ${token}`, cookie } })
    expect(ok(reply, Identity).id).toBe(id)
  })

  it('whose body is shorter than its length is no request, and does nothing', async () => {
    const { username, token } = await person('ada')
    const body = JSON.stringify({ nickname: 'Eve' })
    const head = [
      'PUT /api/user/profile HTTP/1.1',
      `Host: ${host}`,
      `Authorization: Bearer ${token}`,
      `Content-Length: ${body.length + 1}`,
    ]
    isGateways(await exchange(`${lines(...head)}${body}`, { isAll: true }), 400, 'Bad Request')
    const profile = await call('GET', '/api/user/profile', { token })
    expect(profile.body).toMatchObject({ data: { username, nickname: expect.not.stringContaining('Eve') } })
  })

  it('with more than it announced is answered, and what follows is refused', async () => {
    const head = ['POST /api/user/login HTTP/1.1', `Host: ${host}`, 'Content-Length: 2', '', ''].join('\r\n')
    const { status, text } = await exchange(`${head}{}nonsense`)
    expect(status).toBe(400)
    expect(text).toMatch(/^\{"code":400,.*\}HTTP\/1\.1 405 .*\{"message":"Method Not Allowed"\}$/s)
    expect(text).toContain('INVALID_INPUT')
  })

  it('to the socket that is no upgrade says so', async () => {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      isGateways(await ask(method, '/api/ws?token=a'), 426, 'Upgrade Required')
    }
  })
})
