/** Any origin may call with a bearer token, and none with the caller's cookies unless it is configured. */
import { beforeAll, describe, expect, it } from 'vitest'
import { call, ok, type Reply, refused, unauthorized } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { Identity } from '../support/shape.ts'

const origin = 'https://elsewhere.example'

const { ada } = newcomers(beforeAll, 'ada')

/** The comma-separated names of a header, in lower case. */
function namesIn(reply: Reply, header: string): string[] {
  return (reply.headers.get(header) ?? '').toLowerCase().split(/\s*,\s*/)
}

function isOpenToAll(reply: Reply): void {
  expect(['*', origin]).toContain(reply.headers.get('access-control-allow-origin'))
  expect(reply.headers.get('access-control-allow-credentials')).not.toBe('true')
}

describe('a preflight', () => {
  it.each([
    ['POST', '/api/user/login'],
    ['GET', '/api/friend/list'],
    ['PUT', '/api/user/profile'],
    ['POST', '/api/user/info/update'],
  ])('allows %s %s with a token and JSON, from anywhere', async (method, path) => {
    const headers = {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,content-type',
    }
    const reply = await call('OPTIONS', path, { headers })
    expect([200, 204]).toContain(reply.status)
    isOpenToAll(reply)
    expect(namesIn(reply, 'access-control-allow-headers')).toEqual(
      expect.arrayContaining(['authorization', 'content-type']),
    )
    const methods = namesIn(reply, 'access-control-allow-methods')
    expect(methods.includes('*') || methods.includes(method.toLowerCase())).toBe(true)
  })
})

describe('a reply', () => {
  it('to a caller with a token may be read by any origin', async () => {
    const reply = await call('GET', '/api/user/info', { token: ada.token, headers: { origin } })
    expect(ok(reply, Identity).id).toBe(ada.id)
    isOpenToAll(reply)
  })

  it.each([
    ['GET', '/api/user/info', unauthorized],
    ['GET', '/api/nothing', { status: 404, code: 404 }],
    ['DELETE', '/api/user/info', { status: 405, code: 405 }],
    ['POST', '/api/user/login', { status: 400, code: 400 }],
  ])('that refuses may be read too: %s %s', async (method, path, expected) => {
    const reply = await call(method, path, { headers: { origin }, raw: method === 'POST' ? '{' : undefined })
    refused(reply, expected)
    isOpenToAll(reply)
  })
})

describe('a cookie', () => {
  it('does not count from an origin that is not configured', async () => {
    const cookie = `token=${ada.token}`
    refused(await call('GET', '/api/user/info', { headers: { origin, cookie } }), unauthorized)
    refused(await call('POST', '/api/user/logout', { headers: { origin, cookie } }), unauthorized)
    refused(await call('GET', '/api/user/info', { headers: { origin: 'null', cookie } }), unauthorized)
    ok(await call('GET', '/api/user/info', { token: ada.token }), Identity)
  })
})
