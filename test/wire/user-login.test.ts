/** POST /api/user/login and GET /api/user/info. */
import { beforeAll, describe, expect, it } from 'vitest'
import { call, declined, invalid, ok, refused, said } from '../support/http.ts'
import { login, newcomers, password, uniqueName } from '../support/people.ts'
import { Identity, Session } from '../support/shape.ts'
import { claimsOf } from '../support/token.ts'

const ask = (body: unknown) => call('POST', '/api/user/login', { body })

const { ada } = newcomers(beforeAll, 'ada')

describe('login', () => {
  it('answers with a token and names', async () => {
    const reply = await ask({ username: ada.username, password })
    expect(ok(reply, Session).username).toBe(ada.username)
    expect(said(reply)).toBe('登录成功')
  })

  it('issues a token that says who, by whom and until when', async () => {
    const claims = claimsOf(ada.token)
    expect(claims).toMatchObject({ username: ada.username, iss: 'go-chat' })
    expect(claims.exp).toBeGreaterThan(claims.iat)
    expect(Math.abs(claims.iat * 1000 - Date.now())).toBeLessThan(120_000)
    const header = Buffer.from(ada.token.split('.')[0] ?? '', 'base64url').toString()
    expect(JSON.parse(header)).toMatchObject({ alg: expect.stringMatching(/^(HS|ES)256$/) })
  })

  it('opens a session of its own each time', async () => {
    const again = await login(ada.username)
    expect(claimsOf(again).jti).not.toBe(claimsOf(ada.token).jti)
    for (const token of [ada.token, again]) {
      expect(ok(await call('GET', '/api/user/info', { token }), Identity)).toEqual({
        id: ada.id,
        username: ada.username,
      })
    }
  })

  it('tells a wrong password from an unknown name by nothing', async () => {
    const wrong = await ask({ username: ada.username, password: 'not the password' })
    const unknown = await ask({ username: uniqueName('nobody'), password: 'not the password' })
    refused(wrong, declined)
    expect(said(wrong)).toBe('用户名或密码错误')
    expect(unknown.body).toEqual(wrong.body)
    expect(unknown.status).toBe(wrong.status)
  })

  it('compares passwords by case', async () => {
    refused(await ask({ username: ada.username, password: password.toUpperCase() }), declined)
  })

  it('never takes a password longer than 72 bytes for its beginning', async () => {
    const username = uniqueName('bob')
    ok(await call('POST', '/api/user/register', { body: { username, password: 'p'.repeat(72) } }))
    const reply = await ask({ username, password: 'p'.repeat(73) })
    expect([200, 400]).toContain(reply.status)
    refused(reply, reply.status === 400 ? invalid : declined)
  })

  it.each([
    ['no name', { password }],
    ['no password', { username: 'ada' }],
    ['a name that is a number', { username: 1, password }],
    ['a password that is a number', { username: 'ada', password: 12345678 }],
    ['a password that is an object', { username: 'ada', password: { $gt: '' } }],
    ['null for both', { username: null, password: null }],
    ['nothing', {}],
  ])('refuses %s', async (_title, body) => {
    refused(await ask(body), invalid)
  })
})
