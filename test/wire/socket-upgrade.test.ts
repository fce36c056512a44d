/** Who may open a socket, and what becomes of those who may not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, ok } from '../support/http.ts'
import { login, newcomers } from '../support/people.ts'
import { closeAll, connect, upgradeStatus } from '../support/socket.ts'
import { claimsOf, forgeries, hs256, signed, signingKey } from '../support/token.ts'

afterAll(closeAll)

const { ada } = newcomers(beforeAll, 'ada')

describe('the upgrade', () => {
  it.each([
    ['in the query', () => ({ token: ada.token })],
    ['in the header', () => ({ header: `Bearer ${ada.token}` })],
    ['in a cookie', () => ({ cookie: `theme=dark; token=${ada.token}` })],
    ['in the query, from any origin', () => ({ token: ada.token, origin: 'https://elsewhere.example' })],
  ])('is granted for a token %s', async (_title, credentials) => {
    const socket = await connect(credentials())
    await socket.ping()
    await socket.close()
  })

  it.each([
    ['nothing', {}],
    ['an empty token', { token: '' }],
    ['an empty ticket', { ticket: '' }],
    ['a ticket that nobody issued', { ticket: 'garbage' }],
    ['an empty bearer', { header: 'Bearer ' }],
    ['another scheme', { header: 'Basic YWRhOnNlY3JldA==' }],
  ])('is refused for %s', async (_title, credentials) => {
    expect(await upgradeStatus(credentials)).toBe(401)
  })

  it.each(forgeries)('is refused for a token %s', async (_title, forge) => {
    expect(await upgradeStatus({ token: forge(ada.token) })).toBe(401)
  })

  it('is refused for a cookie from an origin that is not configured', async () => {
    const cookie = `token=${ada.token}`
    expect(await upgradeStatus({ cookie, origin: 'https://elsewhere.example' })).toBe(401)
  })

  it('is refused for a token whose session has ended, however it comes', async () => {
    const token = await login(ada.username)
    ok(await call('POST', '/api/user/logout', { token }))
    expect(await upgradeStatus({ token })).toBe(401)
    expect(await upgradeStatus({ header: `Bearer ${token}` })).toBe(401)
    expect(await upgradeStatus({ cookie: `token=${token}` })).toBe(401)
  })

  it.skipIf(!signingKey)('is refused for a token that has expired', async () => {
    const exp = Math.floor(Date.now() / 1000) - 60
    expect(await upgradeStatus({ token: signed(hs256, { ...claimsOf(ada.token), exp }, signingKey ?? '') })).toBe(401)
  })

  it('leaves the sockets that are open alone when another one is refused', async () => {
    const socket = await connect({ token: ada.token })
    expect(await upgradeStatus({ token: 'garbage' })).toBe(401)
    await socket.ping()
  })
})
