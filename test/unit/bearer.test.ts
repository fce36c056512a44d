/** Where a token is looked for: one rule for HTTP and for sockets. */
import { describe, expect, it, vi } from 'vitest'
import { bearerOf } from '../../lib/entry/bearer.ts'

// Read once, when the configuration is imported.
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
    // One that is damaged is not passed over for another.
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

  it('is no cookie from an origin that is not configured', () => {
    expect(given(undefined, undefined, 'token=c', 'https://elsewhere.example')).toBeUndefined()
    expect(given(undefined, undefined, 'token=c', 'null')).toBeUndefined()
    expect(given(undefined, undefined, 'token=c', 'http://localhost:8080')).toBe('c')
  })
})
