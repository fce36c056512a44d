/** Where a token is looked for, and every false one is refused alike. */
import { beforeAll, describe, expect, it } from 'vitest'
import { call, ok, refused, unauthorized } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { Identity } from '../support/shape.ts'
import { claimsOf, forgeries, hs256, signed, signingKey } from '../support/token.ts'

const { ada, bob } = newcomers(beforeAll, 'ada', 'bob')

const info = (more: Parameters<typeof call>[2]) => call('GET', '/api/user/info', more)
const whoIs = async (more: Parameters<typeof call>[2]) => ok(await info(more), Identity).id

describe('a token', () => {
  it('counts as a bearer and as a cookie, and not in the address', async () => {
    expect(await whoIs({ token: ada.token })).toBe(ada.id)
    refused(await info({ query: { token: ada.token } }), unauthorized)
    expect(await whoIs({ headers: { cookie: `theme=dark; token=${ada.token}; lang=zh` } })).toBe(ada.id)
  })

  it('counts as a bearer before the cookie', async () => {
    expect(await whoIs({ token: ada.token, headers: { cookie: `token=${bob.token}` } })).toBe(ada.id)
  })

  it.each([
    ['is absent', {}],
    ['is an empty bearer', { authorization: 'Bearer ' }],
    ['is of another scheme', { authorization: 'Basic YWRhOnNlY3JldA==' }],
    ['is a cookie of another name', { cookie: 'session=1' }],
    ['is an empty cookie', { cookie: 'token=' }],
  ])('that %s is refused', async (_title, headers) => {
    refused(await info({ headers }), unauthorized)
  })

  it('without its scheme is refused', async () => {
    refused(await info({ headers: { authorization: ada.token } }), unauthorized)
  })

  it.each(forgeries)('%s is refused', async (_title, forge) => {
    const token = forge(ada.token)
    refused(await info({ token }), unauthorized)
    refused(await info({ query: { token } }), unauthorized)
    refused(await info({ headers: { cookie: `token=${token}` } }), unauthorized)
  })
})

describe.skipIf(!signingKey)('a token under the right key', () => {
  const key = signingKey ?? ''

  it('is good as it was issued', async () => {
    expect(await whoIs({ token: signed(hs256, claimsOf(ada.token), key) })).toBe(ada.id)
  })

  it.each([
    ['that has expired', (now: number) => ({ iat: now - 7200, exp: now - 3600 })],
    ['that expired a moment ago', (now: number) => ({ iat: now - 7200, exp: now - 2 })],
    ['of another issuer', () => ({ iss: 'somebody else' })],
    ['without issuer', () => ({ iss: undefined })],
    ['without user', () => ({ user_id: undefined })],
    ['whose user is no id', () => ({ user_id: 'ada' })],
  ])('%s is refused', async (_title, change) => {
    const claims = { ...claimsOf(ada.token), ...change(Math.floor(Date.now() / 1000)) }
    refused(await info({ token: signed(hs256, claims, key) }), unauthorized)
  })

  it('is refused when it is signed by another algorithm', async () => {
    refused(await info({ token: signed({ alg: 'HS512' }, claimsOf(ada.token), key) }), unauthorized)
  })
})
