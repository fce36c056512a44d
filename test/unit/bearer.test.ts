/** Where the token of a request is looked for: one rule for HTTP and WebSocket. */
import { describe, expect, it, vi } from 'vitest'
import { bearerOf } from '../../lib/entry/bearer.ts'

// Set before the configuration is imported, which reads it once.
vi.hoisted(() => {
  process.env.COOKIE_ORIGINS = 'http://localhost:8080'
})

const given = (authorization?: string, token?: string, cookies?: string, origin?: string) =>
  bearerOf({ header: (name) => ({ authorization, origin })[name], token, cookies })

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
  })
})
