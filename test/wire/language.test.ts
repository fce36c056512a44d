/** For whom `msg` is written: Chinese unless English is preferred; `reason` is the same in every language. */
import { beforeAll, describe, expect, it } from 'vitest'
import { call, declined, invalid, ok, refused, said, unauthorized } from '../support/http.ts'
import { password, register, uniqueName } from '../support/people.ts'
import { Session } from '../support/shape.ts'

const chinese = /\p{Script=Han}/u
const english = /^[\x20-\x7e]+$/

const username = uniqueName('ada')
beforeAll(() => register(username))

const stranger = async (language: string) =>
  refused(await call('GET', '/api/user/info', { headers: { 'accept-language': language } }), unauthorized)

describe('the language', () => {
  it.each(['*', 'zh', 'zh-CN,zh;q=0.9,en;q=0.8', 'en;q=0.1,zh-TW', 'fr', 'de-DE,de', 'en;q=0', '', ';;q=x,,'])(
    'is Chinese for Accept-Language "%s"',
    async (language) => {
      expect((await stranger(language)).msg).toMatch(chinese)
    },
  )

  it.each(['en', 'en-US', 'en-GB,en;q=0.9,zh;q=0.5', 'zh;q=0.3, en;q=0.7', 'EN', 'fr,en;q=0.5', 'en ;q=0.9', 'en_US'])(
    'is English for Accept-Language "%s"',
    async (language) => {
      expect((await stranger(language)).msg).toMatch(english)
    },
  )

  it('is kept by successes', async () => {
    const headers = { 'accept-language': 'en' }
    const body = { username: uniqueName('bob'), password }
    const registered = await call('POST', '/api/user/register', { body, headers })
    ok(registered)
    expect(said(registered)).toMatch(english)
    const loggedIn = await call('POST', '/api/user/login', { body, headers })
    ok(loggedIn, Session)
    expect(said(loggedIn)).toMatch(english)
  })

  it.each([
    ['a wrong password', declined, 'POST', '/api/user/login', { username, password: 'not the password' }],
    ['an invalid input', invalid, 'POST', '/api/user/login', {}],
    ['a missing token', unauthorized, 'GET', '/api/user/info', undefined],
    ['an unknown route', { status: 404, code: 404 }, 'GET', '/api/nothing', undefined],
    ['another method', { status: 405, code: 405 }, 'DELETE', '/api/user/info', undefined],
  ])('changes the words and not the reason of %s', async (_title, expected, method, path, body) => {
    const ask = async (language: string) =>
      refused(await call(method, path, { body, headers: { 'accept-language': language } }), expected)
    const [zh, en] = [await ask('zh-CN'), await ask('en')]
    expect(zh.msg).toMatch(chinese)
    expect(en.msg).toMatch(english)
    expect(en.reason).toBe(zh.reason)
  })
})
