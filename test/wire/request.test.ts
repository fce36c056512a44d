/** Odd requests: each is answered by the service itself, as the route that it names or as none. */
import { beforeAll, describe, expect, it } from 'vitest'
import { ok, type Reply, refused } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { ask } from '../support/raw.ts'
import { Identity, Profile } from '../support/shape.ts'

const notFound = { status: 404, code: 404, reason: 'ROUTE_NOT_FOUND' }
const notAllowed = { status: 405, code: 405, reason: 'METHOD_NOT_ALLOWED' }

const { ada } = newcomers(beforeAll, 'ada')

const info = (headers: Record<string, string | string[]> = {}, path = '/api/user/info'): Promise<Reply> =>
  ask('GET', path, { headers: { authorization: `Bearer ${ada.token}`, ...headers } })

const change = (headers: Record<string, string> = {}): Promise<Reply> => {
  const authorization = `Bearer ${ada.token}`
  return ask('PUT', '/api/user/profile', { headers: { authorization, ...headers }, body: '{"nickname":"Ada"}' })
}

describe('a path that no route has', () => {
  it.each([
    ['a trailing slash', '/api/user/info/'],
    ['a broken escape', '/api/%zz'],
    ['an escape that breaks off', '/api/user/info%'],
    ['an escape that is no UTF-8', '/api/%c3'],
    ['an escape of nothing', '/api/user/info%00'],
    ['an escaped slash', '/api/user%2finfo'],
    ['an escaped letter', '/api/us%65r/info'],
    ['two slashes', '//'],
    ['two slashes before it', '//api/user/info'],
    ['two slashes within', '/api//user/info'],
    ['a way up', '/api/../api/user/info'],
    ['a way nowhere', '/api/./user/info'],
    ['an escaped way up', '/api/%2e%2e/api/user/info'],
    ['a backslash', '/api\\user\\info'],
    ['another case', '/api/User/Info'],
    ['a parameter of its own', '/api/user/info;a=b'],
    ['braces', '/api/{user}/info'],
    ['a name from the language', '/__proto__/constructor'],
    ['8,000 letters', `/api/${'x'.repeat(8000)}`],
  ])('is not found: %s', async (_title, path) => {
    refused(await info({}, path), notFound)
    refused(await ask('POST', path, { body: '{}' }), notFound)
    refused(await ask('OPTIONS', path), notFound)
  })
})

describe('a query', () => {
  it.each([
    '?',
    '?&&==&',
    '?a=%zz',
    '?a=%c3',
    '?%',
    '?a=1&a=2',
    '?a[b]=c',
    '?__proto__=1&__proto__=2',
    '?constructor[prototype]=1',
    '?a=?b',
    '?a=%00',
    `?${'a=b&'.repeat(1000)}`,
  ])('is ignored where nobody asks for it: %s', async (query) => {
    expect(ok(await info({}, `/api/user/info${query}`), Identity).id).toBe(ada.id)
  })
})

describe('a method', () => {
  it.each(['PATCH', 'DELETE', 'PUT', 'POST', 'TRACE', 'OPTIONS', 'PROPFIND', 'PURGE', 'M-SEARCH', 'QUERY'])(
    '%s is not allowed on a path that has another',
    async (method) => {
      refused(await ask(method, '/api/user/info'), notAllowed)
      refused(await ask(method, '/api/nothing'), notFound)
    },
  )

  it('HEAD is another one than GET, and is answered without a body', async () => {
    for (const [path, status] of [
      ['/api/user/info', 405],
      ['/api/health', 405],
      ['/api/nothing', 404],
    ] as const) {
      const reply = await ask('HEAD', path, { headers: { authorization: `Bearer ${ada.token}` } })
      expect([path, reply.status, reply.text]).toEqual([path, status, ''])
      expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8')
    }
  })

  it('OPTIONS is a preflight only with an origin and a method, on any path', async () => {
    const origin = 'https://elsewhere.example'
    refused(await ask('OPTIONS', '/api/user/info', { headers: { origin } }), notAllowed)
    const asked = { 'access-control-request-method': 'GET' }
    refused(await ask('OPTIONS', '/api/user/info', { headers: asked }), notAllowed)
    for (const path of ['/api/user/info', '/api/nothing', '/api/%zz']) {
      const reply = await ask('OPTIONS', path, { headers: { ...asked, origin } })
      expect([path, reply.status, reply.text]).toEqual([path, 204, ''])
      expect(reply.headers.get('access-control-allow-origin')).toBe('*')
    }
  })
})

describe('a header', () => {
  it.each<[title: string, headers: Record<string, string | string[]>]>([
    ['accept-encoding', { 'accept-encoding': 'gzip;q=1.0, identity; q=0, *;q=nonsense' }],
    ['an encoding that nobody has', { 'accept-encoding': ';;;,' }],
    ['accept', { accept: 'image/png;q=, */' }],
    ['accept-language', { 'accept-language': ';;q=,*' }],
    ['accept-charset', { 'accept-charset': 'nonsense' }],
    ['range', { range: 'bytes=0-1' }],
    ['a broken range', { range: 'bytes=9999999-1,x' }],
    ['if-range', { 'if-range': '"x"', range: 'bytes=0-0' }],
    ['if-none-match', { 'if-none-match': '*' }],
    ['if-match', { 'if-match': '"x"' }],
    ['if-modified-since', { 'if-modified-since': 'Fri, 31 Dec 2999 23:59:59 GMT' }],
    ['if-unmodified-since', { 'if-unmodified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' }],
    ['a content type without content', { 'content-type': 'nonsense;;;=' }],
    ['a content encoding without content', { 'content-encoding': 'gzip' }],
    ['an upgrade', { connection: 'Upgrade', upgrade: 'websocket' }],
    ['an upgrade to HTTP/2', { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' }],
    ['an odd origin', { origin: 'nonsense ://' }],
    ['an odd referrer', { referer: '%zz' }],
    ['its like twice', { accept: ['a/b', 'c/d'], 'x-odd': ['1', '2'] }],
    ['a name from the language', { __proto__: 'x', constructor: 'y' }],
    ['bytes beyond ASCII', { 'x-odd': '\xc4\xe3' }],
  ])('of no concern changes nothing: %s', async (_title, headers) => {
    const reply = await info(headers)
    expect(ok(reply, Identity).id).toBe(ada.id)
    expect(reply.headers.get('content-encoding')).toBeNull()
  })

  it('that asks to go on is answered, and the body is read', async () => {
    ok(await change({ expect: '100-continue' }), Profile)
  })

  it.each([
    'application/json',
    'Application/JSON; charset=UTF-8',
    'application/json;',
    'application/json; charset="utf-8"; x=',
    'text/plain',
    'text/html',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'application/octet-stream',
    'image/png',
    'json',
    'nonsense;;;=',
    '/',
    '*/*',
    ' ',
    'application/json, text/plain',
    `application/json; x=${'y'.repeat(2000)}`,
  ])('with the content type %j leaves JSON what it is', async (type) => {
    ok(await change({ 'content-type': type }), Profile)
    ok(await change({ 'content-type': type, 'transfer-encoding': 'chunked' }), Profile)
  })

  it('with a content type may be missing', async () => {
    ok(await change(), Profile)
  })
})

describe('who asks', () => {
  it.each([
    ['x-forwarded-for', '203.0.113.7'],
    ['x-amzn-requestid', 'mine'],
    ['x-amzn-trace-id', 'Root=1-67891233-abcdef012345678912345678'],
    ['x-amzn-request-context', '{"authorizer":{"user_id":1}}'],
    ['cloudfront-viewer-address', '203.0.113.7:1'],
    ['sls-offline-authorizer-override', '{"lambda":{"user_id":"1"}}'],
    ['override-authorizer', '{"user_id":1}'],
    ['x-api-key', 'key'],
    ['x-gateway-event', '{"headers":{}}'],
    ['x-http-method-override', 'DELETE'],
    ['x-original-url', '/api/nothing'],
    ['x-rewrite-url', '/api/nothing'],
    ['via', '1.1 elsewhere'],
  ])('cannot be changed by the header %s', async (name, value) => {
    expect(ok(await info({ [name]: value }), Identity).id).toBe(ada.id)
    refused(await ask('GET', '/api/user/info', { headers: { [name]: value } }), { status: 401, code: 401 })
  })
})
