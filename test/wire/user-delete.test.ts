/** The deletion of an account: POST /api/user/delete. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { heard, say } from '../support/chat.ts'
import { befriend } from '../support/friend.ts'
import { call, declined, invalid, ok, refused, unauthorized } from '../support/http.ts'
import { login, newcomers, password } from '../support/people.ts'
import { Card, Identity, Row } from '../support/shape.ts'
import { closeAll, connect, ofType, upgradeStatus } from '../support/socket.ts'

afterAll(closeAll)

const remove = (token: string, secret: unknown) =>
  call('POST', '/api/user/delete', { token, body: { password: secret } })

describe('a deletion', () => {
  const { ada, bob } = newcomers(beforeEach, 'ada', 'bob')

  it('ends everything at once: sessions, sockets, friendship, name; what was said stays', async () => {
    await befriend(ada, bob)
    const other = await login(ada.username)
    const [adas, bobs] = [await connect({ token: other }), await connect({ token: bob.token })]
    await say(adas, bob, 'remember me')
    await heard(bobs)

    ok(await remove(ada.token, password))

    expect(await adas.next(ofType(10))).toMatchObject({ reason: 'SESSION_ENDED' })
    await adas.closed
    expect(await bobs.next(({ event }) => event === 'friend_removed')).toMatchObject({ user_id: ada.id })
    for (const token of [ada.token, other]) {
      refused(await call('GET', '/api/user/info', { token }), unauthorized)
      expect(await upgradeStatus({ token })).toBe(401)
    }
    const credentials = { username: ada.username, password }
    refused(await call('POST', '/api/user/login', { body: credentials }), { ...declined, reason: 'BAD_CREDENTIALS' })
    refused(await call('POST', '/api/user/register', { body: credentials }), {
      ...declined,
      reason: 'USERNAME_TAKEN',
    })
    const query = { username: ada.username }
    refused(await call('GET', '/api/user/search', { token: bob.token, query }), {
      ...declined,
      reason: 'USER_NOT_FOUND',
    })
    const body = { target_id: ada.id }
    refused(await call('POST', '/api/friend/request', { token: bob.token, body }), {
      ...declined,
      reason: 'USER_NOT_FOUND',
    })
    const said = ok(
      await call('GET', '/api/chat/history', { token: bob.token, query: { target_id: ada.id } }),
      Row.array(),
    )
    expect(said.map(({ content }) => content)).toEqual(['remember me'])
  })

  it.each([
    ['a wrong password', 'not the password', { ...declined, reason: 'WRONG_PASSWORD' }],
    ['no password', undefined, invalid],
    ['an empty one', '', invalid],
    ['a number', 12345678, invalid],
  ])('is refused with %s, and nothing changes', async (_title, secret, expected) => {
    refused(await remove(ada.token, secret), expected)
    ok(await call('GET', '/api/user/info', { token: ada.token }), Identity)
    const query = { username: ada.username }
    ok(await call('GET', '/api/user/search', { token: bob.token, query }), Card)
    await login(ada.username)
  })
})
