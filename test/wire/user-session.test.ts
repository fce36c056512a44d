/** How sessions end: POST /api/user/password/update and POST /api/user/logout. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { heard, say } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { call, declined, invalid, ok, refused, unauthorized } from '../support/http.ts'
import { login, newcomers, password } from '../support/people.ts'
import { Identity, Renewed } from '../support/shape.ts'
import { closeAll, connect, ofType, upgradeStatus } from '../support/socket.ts'
import { claimsOf, hs256, signed, signingKey } from '../support/token.ts'

afterAll(closeAll)

const info = (token: string) => call('GET', '/api/user/info', { token })
const isGood = async (token: string) => ok(await info(token), Identity)
const hasEnded = async (token: string) => {
  refused(await info(token), unauthorized)
  expect(await upgradeStatus({ token })).toBe(401)
}

describe('logout', () => {
  const { ada } = newcomers(beforeAll, 'ada')

  it('ends this token, closes its sockets and leaves the other session alone', async () => {
    const token = await login(ada.username)
    const [ended, other] = await Promise.all([connect({ token }), connect({ token: ada.token })])

    ok(await call('POST', '/api/user/logout', { token }))

    await hasEnded(token)
    await ended.closed
    await other.ping()
    await isGood(ada.token)
  })

  it('cannot be done twice', async () => {
    const token = await login(ada.username)
    ok(await call('POST', '/api/user/logout', { token }))
    refused(await call('POST', '/api/user/logout', { token }), unauthorized)
  })

  it('does not keep its owner from logging in again', async () => {
    const token = await login(ada.username)
    ok(await call('POST', '/api/user/logout', { token }))
    await isGood(await login(ada.username))
  })
})

describe('password update', () => {
  const { bob } = newcomers(beforeEach, 'bob')

  const update = (token: string, old_password: unknown, new_password: unknown) =>
    call('POST', '/api/user/password/update', { token, body: { old_password, new_password } })

  it('refuses a wrong old password and ends nothing', async () => {
    const other = await login(bob.username)
    refused(await update(bob.token, 'not the password', 'a new password'), declined)
    await isGood(other)
    await isGood(bob.token)
    await login(bob.username)
  })

  it.each([
    ['5 characters', 'fives'],
    ['73 bytes', 'p'.repeat(73)],
    ['73 bytes in 27 characters', `${'密'.repeat(23)}abcd`],
    ['nothing', undefined],
    ['a number', 12345678],
  ])('refuses a new password of %s', async (_title, secret) => {
    refused(await update(bob.token, password, secret), invalid)
  })

  it('refuses when the old password is missing', async () => {
    refused(await update(bob.token, undefined, 'a new password'), invalid)
  })

  it('ends every other session with its sockets, and not this one', async () => {
    const others = await Promise.all([login(bob.username), login(bob.username)])
    const socketOf = (token: string) => connect({ token })
    const [mine, ...theirs] = await Promise.all([bob.token, ...others].map(socketOf))

    const changed = await update(bob.token, password, 'a new password')
    ok(changed)
    expect(changed.body).not.toHaveProperty('data')

    for (const token of others) await hasEnded(token)
    for (const socket of theirs) await socket.closed
    await isGood(bob.token)
    await mine?.ping()
    const body = { username: bob.username, password }
    refused(await call('POST', '/api/user/login', { body }), declined)
    await isGood(await login(bob.username, 'a new password'))
    await isGood(bob.token)
  }, 20_000)

  it('ends this session, too, with its sockets, if a new token is asked for', async () => {
    const other = await login(bob.username)
    const [mine, theirs] = [await connect({ token: bob.token }), await connect({ token: other })]
    const body = { old_password: password, new_password: 'a new password', renew_token: true }

    const renewed = ok(await call('POST', '/api/user/password/update', { token: bob.token, body }), Renewed).token

    for (const token of [bob.token, other]) await hasEnded(token)
    for (const socket of [mine, theirs])
      expect(await socket.next(ofType(10))).toMatchObject({ reason: 'SESSION_ENDED' })
    await Promise.all([mine.closed, theirs.closed])
    await isGood(renewed)
    await (await connect({ token: renewed })).ping()
    refused(await call('POST', '/api/user/password/update', { token: renewed, body }), declined)
    await isGood(renewed)
  }, 20_000)

  it.each(['yes', 1, {}])('refuses to renew a token by %j', async (renew_token) => {
    const body = { old_password: password, new_password: 'a new password', renew_token }
    refused(await call('POST', '/api/user/password/update', { token: bob.token, body }), invalid)
    await isGood(bob.token)
  })
})

describe.skipIf(!signingKey)('a token that expires', () => {
  const { ada, bob } = newcomers(beforeAll, 'ada', 'bob')
  beforeAll(() => befriend(ada, bob))

  /** Bob's socket with a copy of his token that ends in so many seconds. */
  const brief = async (seconds: number) => {
    const claims = { ...claimsOf(bob.token), exp: Math.floor(Date.now() / 1000) + seconds }
    const socket = await connect({ token: signed(hs256, claims, signingKey ?? '') })
    const isOver = () => new Promise((resolve) => setTimeout(resolve, claims.exp * 1000 + 50 - Date.now()))
    return { socket, isOver }
  }

  it('takes its socket with it: the next push is not sent, the socket is told and closed', async () => {
    const [{ socket, isOver }, other, adas] = await Promise.all([
      brief(6),
      connect({ token: bob.token }),
      connect({ token: ada.token }),
    ])
    await say(adas, bob, 'in time')
    expect((await heard(socket)).content).toBe('in time')
    await isOver()
    await say(adas, bob, 'too late')
    expect(await socket.next(ofType(2, 10))).toMatchObject({ type: 10, reason: 'TOKEN_EXPIRED' })
    await socket.closed
    expect((await heard(other)).content).toBe('in time')
    expect((await heard(other)).content).toBe('too late')
  }, 20_000)

  it('takes its socket with it at the next frame', async () => {
    const { socket, isOver } = await brief(4)
    await socket.ping()
    await isOver()
    socket.send({ type: 0 })
    expect(await socket.next(ofType(9))).toMatchObject({ reason: 'TOKEN_EXPIRED', retryable: false })
    expect(await socket.next(ofType(10))).toMatchObject({ reason: 'TOKEN_EXPIRED' })
    await socket.closed
  }, 20_000)
})
