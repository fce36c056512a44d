/** What holds for every route: the envelope, unknown routes and methods, bodies that are too large or no JSON. */
import { beforeAll, describe, expect, it } from 'vitest'
import { answered, call, invalid, ok, refused, unauthorized } from '../support/http.ts'
import { newcomers, password, uniqueName } from '../support/people.ts'
import { routes } from '../support/route.ts'
import { Session } from '../support/shape.ts'

const maxBytes = 256 * 1024
const closed = routes.filter((route) => !route.isOpen)

const { ada } = newcomers(beforeAll, 'ada')

/** A body of exactly `bytes` bytes that logs in, but for its size. */
function loginOf(bytes: number): string {
  const body = (pad: string) => JSON.stringify({ username: ada.username, password, pad })
  return body('x'.repeat(bytes - body('').length))
}

describe('a route that does not exist', () => {
  it.each([
    ['GET', '/api/nothing'],
    ['POST', '/api/user/nothing'],
    ['GET', '/api/user'],
    ['PUT', '/api/friend/list/1'],
    ['DELETE', '/api/%e4%bd%a0%e5%a5%bd'],
    ['GET', '/api/user/info/..%2f..%2f..%2fetc%2fpasswd'],
  ])('%s %s is not found, with or without a token', async (method, path) => {
    refused(await call(method, path), { status: 404, code: 404 })
    refused(await call(method, path, { token: ada.token }), { status: 404, code: 404 })
  })
})

describe('another method', () => {
  it.each(routes)('is not allowed on $path ($method)', async ({ path }) => {
    refused(await call('DELETE', path, { token: ada.token }), { status: 405, code: 405 })
  })

  it('is not allowed where only another one is', async () => {
    refused(await call('GET', '/api/user/login'), { status: 405, code: 405 })
    refused(await call('POST', '/api/friend/list', { token: ada.token, body: {} }), { status: 405, code: 405 })
    refused(await call('PATCH', '/api/user/profile', { token: ada.token, body: {} }), { status: 405, code: 405 })
  })
})

describe('without a token', () => {
  it.each(closed)('$method $path is refused', async ({ method, path, body, query }) => {
    refused(await call(method, path, { body, query }), unauthorized)
  })
})

describe('a body', () => {
  it('of 256 KiB is read', async () => {
    const raw = loginOf(maxBytes)
    expect(Buffer.byteLength(raw)).toBe(maxBytes)
    ok(await call('POST', '/api/user/login', { raw }), Session)
  })

  it('of a byte more is too large', async () => {
    refused(await call('POST', '/api/user/login', { raw: loginOf(maxBytes + 1) }), { status: 413, code: 413 })
  })

  it('is measured in bytes', async () => {
    const raw = JSON.stringify({ username: ada.username, password, pad: '字'.repeat(100_000) })
    refused(await call('POST', '/api/user/login', { raw }), { status: 413, code: 413 })
  })

  it('of many times that is too large', async () => {
    refused(await call('POST', '/api/user/login', { raw: loginOf(1024 * 1024) }), { status: 413, code: 413 })
  })

  it.each([
    ['that breaks off', '{"username":"ada","password":'],
    ['with a comma too many', '{"username":"ada","password":"secret",}'],
    ['that is empty', ''],
    ['that is a word', 'hello'],
    ['that is a form', 'username=ada&password=secret'],
    ['that is null', 'null'],
    ['that is an array', '[{"username":"ada","password":"secret"}]'],
    ['that is a string', '"ada"'],
    ['that is a number', '1'],
    ['that is true', 'true'],
  ])('%s is refused', async (_title, raw) => {
    refused(await call('POST', '/api/user/login', { raw }), invalid)
    refused(await call('POST', '/api/friend/request', { raw, token: ada.token }), invalid)
  })

  it('is read whatever charset and case its type is written with', async () => {
    const headers = { 'content-type': 'Application/JSON; charset=UTF-8' }
    ok(await call('POST', '/api/user/login', { body: { username: ada.username, password }, headers }), Session)
  })

  it.each([
    ['invalid UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
    ['a number beyond all', '{"username":1e999,"password":"secret"}'],
    ['a prototype', '{"__proto__":{"username":"ada"},"constructor":{"prototype":{"password":"secret"}}}'],
    ['depth', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['lone surrogates', `{"username":"${uniqueName('ada')}\\ud800","password":"secret\\udfff"}`],
  ])('of %s causes no fault', async (_title, raw) => {
    for (const path of ['/api/user/login', '/api/user/register']) {
      const reply = await call('POST', path, { raw })
      answered(reply)
      expect(reply.status).not.toBe(401)
    }
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'nonsense'])(
    'of type %s causes no fault',
    async (type) => {
      const body = { username: ada.username, password }
      answered(await call('POST', '/api/user/login', { body, headers: { 'content-type': type } }))
    },
  )
})

describe('a request', () => {
  it.each([
    '/api/user/search?username=%zz',
    '/api/user/search?username=%ff%fe',
    '/api/user/search?username=a&username=b',
    '/api/user/search?username[]=a',
    '/api/user/search?username=%00',
    `/api/user/search?username=${'a'.repeat(4000)}`,
    '/api/friend/info?target_id=1&target_id=2',
    '/api/chat/history?target_id[$gt]=0',
    '/api/chat/history?target_id=1;DROP TABLE messages',
    '/api/user/info?',
    '/api/user/info?&&&==&',
  ])('for %s causes no fault', async (path) => {
    answered(await call('GET', path, { token: ada.token }))
  })
})
