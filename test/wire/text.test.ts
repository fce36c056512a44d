/** Texts as people and machines really send them: look-alikes, nothing to see, other forms of the same, null for nothing. */
import { describe, expect, it } from 'vitest'
import { befriend, friendOf } from '../support/friend.ts'
import { call, invalid, ok, refused } from '../support/http.ts'
import { login, password, people, person, register, uniqueName } from '../support/people.ts'
import { Card, Profile, Session } from '../support/shape.ts'

const tryRegister = (username: string, secret = password) =>
  call('POST', '/api/user/register', { body: { username, password: secret } })
const tryLogin = (username: string, secret = password) =>
  call('POST', '/api/user/login', { body: { username, password: secret } })

describe('a username', () => {
  it.each(['\u200b', '\u00ad', '\ufe0f', '\u200d', '\u2060', '\u3164', '\u{e0041}'])(
    'never holds what no one sees, and is found by whoever adds it: %o',
    async (unseen) => {
      const username = uniqueName('ada')
      await register(username)
      const other = `${username.slice(0, 2)}${unseen}${username.slice(2)}`
      refused(await tryRegister(other), invalid)
      expect(ok(await tryLogin(other), Session).username).toBe(username)
    },
  )

  it.each([
    ['mixes scripts in a word', 'p\u0430ypal'],
    ['is reserved', 'Admin'],
    ['looks like a reserved one', '\u0430dm\u0456n'],
    ['is reserved in Chinese', '客服'],
  ])('is not one that %s', async (_what, username) => {
    refused(await tryRegister(username), invalid)
  })

  it.each(['\u200e', '\u202e', '\u2066', '\u2028', '\u2029', '\ufffd'])('never holds %o', async (character) => {
    refused(await tryRegister(`${uniqueName('ada')}${character}x`), invalid)
  })

  it.each(['\u200b\u200c', '\u2800', '\u3164\u3164'])('never is nothing to see: %o', async (username) => {
    refused(await tryRegister(username), invalid)
  })

  it('that is sought with damaged characters is nobody', async () => {
    const { token } = await person('ada')
    const query = { username: '\ufffd\ufffd' }
    refused(await call('GET', '/api/user/search', { token, query }), invalid)
  })
})

describe('a nickname', () => {
  it('is the username at first, for its owner and for friends', async () => {
    const { ada, bob } = await people('ada', 'bob')
    await befriend(ada, bob)
    expect(ok(await call('GET', '/api/user/profile', { token: ada.token }), Profile).nickname).toBe(ada.username)
    expect((await friendOf(bob, ada)).nickname).toBe(ada.username)
    const query = { username: ada.username }
    expect(ok(await call('GET', '/api/user/search', { token: bob.token, query }), Card).nickname).toBe(ada.username)
  })

  it.each(['a\u2028b', 'a\u202eb', '\u200b', '   ', 'a\ufffdb'])('is not %o', async (nickname) => {
    const { token } = await person('ada')
    refused(await call('PUT', '/api/user/profile', { token, body: { nickname } }), invalid)
  })
})

describe('a password', () => {
  it('is the same from keyboards that compose accents differently', async () => {
    const username = uniqueName('ada')
    await register(username, 'naïve café'.normalize('NFD'))
    await login(username, 'naïve café'.normalize('NFC'))
    await login(username, 'naïve café'.normalize('NFD'))
  })

  it.each(['secret\0secret', 'secret\ufffd', 'secret\ud800'])('is neither made nor tried as %o', async (secret) => {
    const username = uniqueName('ada')
    refused(await tryRegister(username, secret), invalid)
    await register(username, 'secret')
    refused(await tryLogin(username, secret), invalid)
  })

  it('is not made with control characters', async () => {
    refused(await tryRegister(uniqueName('ada'), 'secret\u0007'), invalid)
  })
})

describe('null', () => {
  it('is no email, no remark and no change', async () => {
    const { ada, bob } = await people('ada', 'bob')
    ok(await call('POST', '/api/user/register', { body: { username: uniqueName('eve'), password, email: null } }))
    const before = ok(await call('GET', '/api/user/profile', { token: ada.token }), Profile)
    const nothing = { nickname: null, avatar: null, email: null, phone: null }
    expect(ok(await call('PUT', '/api/user/profile', { token: ada.token, body: nothing }), Profile)).toEqual(before)
    ok(await call('POST', '/api/friend/request', { token: ada.token, body: { target_id: bob.id, remark: null } }))
    const body = { conversations: [], limit: null }
    expect((await call('POST', '/api/chat/sync', { token: ada.token, body })).body).toMatchObject({ code: 0, data: [] })
  })
})
