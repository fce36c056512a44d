/** Where the token of a request is looked for: one rule for HTTP and WebSocket. */
import { describe, expect, it, vi } from 'vitest'
import { bearerOf } from '../../lib/entry/bearer.ts'

// Set before the configuration is imported, which reads it once.
vi.hoisted(() => {
  process.env.COOKIE_ORIGINS = 'http://localhost:8080'
})

type Door = 'http' | 'socket'

const given = (authorization?: string, token?: string, cookies?: string, origin?: string, door: Door = 'socket') =>
  bearerOf({ door, header: (name) => ({ authorization, origin })[name as string], token, cookies })

/** The token of a cookie that comes with these headers, and perhaps a body. */
const fromCookie = (headers: Record<string, string>, hasBody = false) =>
  bearerOf({ door: 'http', header: (name) => headers[name], token: undefined, cookies: 'token=c', hasBody })

describe('the token of a request', () => {
  it.each([
    ['Bearer a', 'q', 'token=c', 'a'],
    ['bearer  a ', undefined, undefined, 'a'],
    ['BEARER\ta', undefined, undefined, 'a'],
    ['Basic YWRhOnNlY3JldA==', 'q', 'token=c', 'q'],
    ['Basic YWRhOnNlY3JldA==', undefined, 'token=c', 'c'],
    ['Basic YWRhOnNlY3JldA==', undefined, undefined, undefined],
    ['Digest username="ada"', 'q', undefined, 'q'],
    ['Bearer', 'q', undefined, 'q'],
    ['Bearer ', undefined, 'token=c', 'c'],
    ['', 'q', undefined, 'q'],
    // A malformed bearer token does not fall back to another source.
    ['Bearer a b', 'q', 'token=c', 'a b'],
    [undefined, 'q', 'token=c', 'q'],
    [undefined, '', 'token=c', 'c'],
    [undefined, undefined, 'token=c', 'c'],
    [undefined, undefined, 'g_state={"i_l":0}; token=c; odd; =x; a[b]=1', 'c'],
    [undefined, undefined, 'xtoken=x; token=c', 'c'],
    [undefined, undefined, 'token=', undefined],
    [undefined, undefined, '__proto__=x', undefined],
    [undefined, undefined, undefined, undefined],
  ])('is for header %o, query %o and cookie %o: %o', (authorization, query, cookies, token) => {
    expect(given(authorization, query, cookies)).toBe(token)
  })

  it('is not taken from a cookie if the origin is not configured', () => {
    expect(given(undefined, undefined, 'token=c', 'https://elsewhere.example')).toBeUndefined()
    expect(given(undefined, undefined, 'token=c', 'null')).toBeUndefined()
    expect(given(undefined, undefined, 'token=c', 'http://localhost:8080')).toBe('c')
    for (const near of [
      '',
      'http://localhost',
      'http://localhost:80801',
      'http://LOCALHOST:8080',
      'http://localhost:8080/',
    ])
      expect(given(undefined, undefined, 'token=c', near)).toBeUndefined()
  })

  it.each(['cross-site', 'same-site', 'Cross-Site', 'same-origin, none', '', 'anything'])(
    'is not taken from a cookie if no origin is named, and the browser says of the page: %j',
    (site) => {
      expect(fromCookie({ 'sec-fetch-site': site })).toBeUndefined()
      expect(fromCookie({ 'sec-fetch-site': site, 'content-type': 'application/json' }, true)).toBeUndefined()
    },
  )

  it.each<Record<string, string>>([
    {},
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-site', origin: 'http://localhost:8080' },
  ])('is taken from a cookie of an own page, or of what is no browser: %j', (headers) => {
    expect(fromCookie(headers)).toBe('c')
  })

  it.each([
    'text/plain',
    'text/plain;charset=UTF-8',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonx',
    'text/plain; application/json',
    '',
  ])('is refused from a cookie beside a body of the type %j', (type) => {
    const headers = { origin: 'http://localhost:8080', 'content-type': type }
    for (const hasBody of [true, false])
      expect(() => fromCookie(headers, hasBody)).toThrow(expect.objectContaining({ reason: 'INVALID_INPUT' }))
  })

  it('is refused from a cookie beside a body without a type, and taken beside JSON', () => {
    expect(() => fromCookie({}, true)).toThrow(expect.objectContaining({ reason: 'INVALID_INPUT' }))
    for (const type of ['application/json', 'Application/JSON; charset=utf-8'])
      expect(fromCookie({ 'content-type': type }, true)).toBe('c')
  })

  it('is not taken from the address over HTTP', () => {
    expect(given(undefined, 'q', undefined, undefined, 'http')).toBeUndefined()
    expect(given('Basic x', 'q', 'token=c', undefined, 'http')).toBe('c')
  })

  it.each([
    ['all', 'q', 'q'],
    ['socket', undefined, 'q'],
    ['none', undefined, undefined],
  ])('is taken from the address as QUERY_TOKEN says: %s', async (where, http, socket) => {
    vi.resetModules()
    process.env.QUERY_TOKEN = where
    const { bearerOf } = await import('../../lib/entry/bearer.ts')
    const from = (door: Door) => bearerOf({ door, header: () => undefined, token: 'q', cookies: undefined })
    expect([from('http'), from('socket')]).toEqual([http, socket])
    delete process.env.QUERY_TOKEN
  })
})
