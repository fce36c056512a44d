/** What a function is told of a request. */
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { bodyOf, edge, hasIpv6, witness } from './edge-testbed.ts'
import { ask } from './edge-viewer.ts'

/** The event that a request becomes. */
async function eventOf(path: string, options: Parameters<typeof ask>[2] = {}) {
  const origin = witness()
  const { port } = await edge({ call: origin.call })
  expect((await ask(port, path, options)).status).toBe(200)
  const [event] = origin.seen
  if (event === undefined) throw new Error('no event')
  return event
}

const post = (body: Buffer | string, headers = {}) => eventOf('/', { method: 'POST', body, headers })
const gbk = Buffer.from([0x7b, 0xc4, 0xe3, 0x7d])

describe('a body', () => {
  test.each(['application/json', 'Application/JSON ; charset=utf-8', 'text/plain', 'application/xml;x=y'])(
    'of the type %s is text, byte order mark and all',
    async (type) => {
      const event = await post('\ufeff{"a":"👩🏽‍🚀"}', { 'content-type': type })
      expect([event.body, event.isBase64Encoded]).toEqual(['\ufeff{"a":"👩🏽‍🚀"}', false])
    },
  )

  test.each(['application/octet-stream', 'multipart/form-data', 'application/x-www-form-urlencoded', 'json', ''])(
    'of the type "%s" is base64',
    async (type) => {
      const event = await post('{}', { 'content-type': type })
      expect([event.body, event.isBase64Encoded]).toEqual(['e30=', true])
    },
  )

  test('that is no UTF-8 stays the bytes it is, whatever its type says and however it comes', async () => {
    for (const body of [
      gbk,
      gzipSync('{}'),
      Buffer.from([0x80]),
      Buffer.from([0xc0, 0xaf]),
      Buffer.from([0xe4, 0xbd]),
    ]) {
      for (const more of [{}, { 'transfer-encoding': 'chunked' }]) {
        const event = await post(body, { 'content-type': 'application/json; charset=utf-8', ...more })
        expect([event.isBase64Encoded, bodyOf(event)]).toEqual([true, body])
        expect(event.headers).toMatchObject({ 'content-length': String(body.length) })
        expect(event.headers).not.toHaveProperty('transfer-encoding')
      }
    }
  })

  test('is not there when it is empty, and is with every method', async () => {
    expect(await post('', { 'content-type': 'application/json' })).toMatchObject({ isBase64Encoded: false })
    expect(await post('')).not.toHaveProperty('body')
    for (const method of ['GET', 'DELETE', 'PATCH', 'OPTIONS']) {
      const event = await eventOf('/', { method, body: gbk, headers: { 'content-length': gbk.length } })
      expect([event.requestContext.http.method, bodyOf(event)]).toEqual([method, gbk])
    }
  })
})

describe('cookies', () => {
  test('are the pairs of the header as they were sent', async () => {
    const cookie = 'g_state={"i_l":0}; token=a.b.c;x; ="y"; a b=c d ;;__proto__=1; token=d'
    const event = await eventOf('/', { headers: { cookie } })
    const pairs = ['g_state={"i_l":0}', 'token=a.b.c', 'x', '="y"', 'a b=c d', '__proto__=1', 'token=d']
    expect(event.cookies).toEqual(pairs)
    expect(event.headers).not.toHaveProperty('cookie')
  })

  test('that come in several headers are one list, and none when there are none', async () => {
    expect((await eventOf('/', { headers: { cookie: ['a=b', 'c'] } })).cookies).toEqual(['a=b', 'c'])
    expect(await eventOf('/', { headers: { cookie: ' ; ' } })).not.toHaveProperty('cookies')
  })
})

describe('a query', () => {
  test.each([
    ['a=1&b=%E4%BD%A0+x', { a: '1', b: '你 x' }],
    ['a=1&a=&a=2&b', { a: '1,,2', b: '' }],
    ['a=%zz&b=%c4%e3&%=c', { a: '%zz', b: '%c4%e3', '%': 'c' }],
    ['&&==&a=b=c', { '': '=', a: 'b=c' }],
    ['constructor=a&toString=b', { constructor: 'a', toString: 'b' }],
  ])('is decoded where it can be: %s', async (query, parameters) => {
    const event = await eventOf(`/?${query}`)
    expect([event.rawQueryString, event.queryStringParameters]).toEqual([query, parameters])
  })

  test('that is not there is none', async () => {
    for (const path of ['/', '/?', '/?&']) expect(await eventOf(path)).not.toHaveProperty('queryStringParameters')
  })
})

describe('who asks', () => {
  test('is the edge’s own knowledge, whatever the headers say', async () => {
    const dropped = {
      'x-amzn-trace-id': 'mine',
      'X-Amzn-RequestId': 'mine',
      'x-amz-cf-id': 'mine',
      'CloudFront-Viewer-Country': 'XX',
      via: '1.1 mine',
    }
    const replaced = {
      host: 'elsewhere.example',
      'CloudFront-Viewer-Address': '1.2.3.4:5',
      'X-Forwarded-For': '1.2.3.4',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Port': '1',
      'X-Viewer-Host': 'mine.example',
    }
    const own = { authorization: 'Bearer a', 'user-agent': 'ada', 'X-Own': ['1', '2'] }
    const event = await eventOf('/api', { headers: { ...dropped, ...replaced, ...own } })
    expect(event.requestContext).toMatchObject({
      http: { method: 'GET', path: '/api', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'ada' },
      requestId: expect.stringMatching(/^[\da-f-]{36}$/),
      time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      stage: '$default',
    })
    expect(event.requestContext).not.toHaveProperty('authorizer')
    expect(event.headers).toMatchObject({
      authorization: 'Bearer a',
      'x-own': '1,2',
      host: 'localhost',
      'x-viewer-host': expect.stringMatching(/^elsewhere\.example:\d{4,5}$/),
      'cloudfront-viewer-address': expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      'x-forwarded-for': '1.2.3.4, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': expect.stringMatching(/^\d{4,5}$/),
    })
    expect(event.requestContext.domainName).toBe('localhost')
    for (const name of Object.keys(dropped)) expect(event.headers).not.toHaveProperty(name.toLowerCase())
  })

  test.runIf(hasIpv6)('by IPv6 has the address as it is', async () => {
    const origin = witness()
    const { port } = await edge({ call: origin.call, hosts: ['::1'] })
    await ask(port, '/', { host: '::1' })
    expect(origin.seen[0]?.requestContext.http.sourceIp).toBe('::1')
    expect(origin.seen[0]?.headers['x-forwarded-for']).toBe('::1')
  })
})

describe('a route', () => {
  const routes = ['GET /api/health', 'POST /api/login', '$default']

  test('is a method and a path, and the catch-all takes what is left', async () => {
    const origin = witness()
    const { port } = await edge({ call: origin.call, routes })
    const headers = { cookie: '{', range: 'bytes=0-1', 'if-none-match': '*', origin: 'x', 'content-type': 'nonsense' }
    await ask(port, '/api/health?%zz', { headers })
    await ask(port, '/api/login', { method: 'POST', headers, body: gbk })
    for (const method of ['HEAD', 'OPTIONS', 'PATCH', 'TRACE']) await ask(port, '/api/health', { method, headers })
    for (const path of ['/api/%zz', '//', '/api/health/']) await ask(port, path, { headers })
    expect(origin.seen.map(({ routeKey }) => routeKey)).toEqual([...routes.slice(0, 2), ...Array(7).fill('$default')])
  })

  test('that is not there is answered for without a function', async () => {
    const origin = witness()
    const { port } = await edge({ call: origin.call, routes: routes.slice(0, 2) })
    const { status, body } = await ask(port, '/api/nothing')
    expect([status, body, origin.seen]).toEqual([404, '{"message":"Not Found"}', []])
  })
})
