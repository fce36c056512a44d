/** POST /api/user/register. */
import { describe, expect, it } from 'vitest'
import { call, codeOf, declined, invalid, ok, reasonOf, refused, said } from '../support/http.ts'
import { login, password, uniqueName } from '../support/people.ts'
import { Profile } from '../support/shape.ts'

const register = (body: unknown) => call('POST', '/api/user/register', { body })
/** A name of exactly `length` code points. */
const nameOf = (length: number, fill = 'a') => fill.repeat(length - 15) + uniqueName('long')

describe('register', () => {
  it('makes an account that can log in', async () => {
    const username = uniqueName('ada')
    const reply = await register({ username, password })
    ok(reply)
    expect(said(reply)).toBe('注册成功')
    await login(username)
  })

  it('keeps an email when one is given', async () => {
    const username = uniqueName('ada')
    ok(await register({ username, password, email: 'ada@example.com' }))
    const profile = ok(await call('GET', '/api/user/profile', { token: await login(username) }), Profile)
    expect(profile).toMatchObject({ username, email: 'ada@example.com', avatar: '', phone: '' })
  })

  it('refuses a name that is taken', async () => {
    const username = uniqueName('ada')
    ok(await register({ username, password }))
    refused(await register({ username, password: 'another password' }), { ...declined, reason: 'USERNAME_TAKEN' })
    await login(username)
  })

  it('gives a name to exactly one of two who ask at the same instant', async () => {
    const username = uniqueName('ada')
    const replies = await Promise.all([
      register({ username, password: 'first password' }),
      register({ username, password: 'second password' }),
    ])
    expect(replies.map(codeOf).sort()).toEqual([-1, 0])
    const [lost] = replies.filter((reply) => codeOf(reply) === -1)
    expect(lost && reasonOf(lost)).toBe('USERNAME_TAKEN')
    await login(username, codeOf(replies[0]) === 0 ? 'first password' : 'second password')
  })

  it.each([
    ['of Chinese characters', uniqueName('李雷')],
    ['of 64 characters', nameOf(64)],
    ['with emoji', uniqueName('👩‍💻')],
  ])('takes a user name %s', async (_title, username) => {
    ok(await register({ username, password }))
    refused(await register({ username, password }), { ...declined, reason: 'USERNAME_TAKEN' })
  })

  it.each([
    ['empty', ''],
    ['of 65 characters', nameOf(65)],
    ['with a NUL', 'ada\u0000'],
    ['with a line break', 'ada\nbob'],
    ['with a tab', 'ada\tbob'],
    ['with an escape', 'ada\u001b[31m'],
    ['with a delete', 'ada\u007f'],
    ['with a C1 control character', 'ada\u0085'],
    ['that is a number', 7],
    ['that is null', null],
    ['that is an array', ['ada']],
    ['that is an object', { $ne: '' }],
    ['that is missing', undefined],
  ])('refuses a user name %s', async (_title, username) => {
    refused(await register({ username, password }), invalid)
  })

  it.each([
    ['of 6 characters', 'sixsix'],
    ['of 6 Chinese characters', '密码密码密码'],
    ['of 72 bytes', 'p'.repeat(72)],
    ['of 72 bytes in 24 characters', '密'.repeat(24)],
  ])('takes a password %s', async (_title, secret) => {
    const username = uniqueName('ada')
    ok(await register({ username, password: secret }))
    await login(username, secret)
  })

  it.each([
    ['of 5 characters', 'fives'],
    ['of 5 characters outside the basic plane', '😀😀😀😀😀'],
    ['of 73 bytes', 'p'.repeat(73)],
    ['of 73 bytes in 27 characters', `${'密'.repeat(23)}abcd`],
    ['of 75 bytes in 25 characters', '密'.repeat(25)],
    ['that is empty', ''],
    ['that is a number', 12345678],
    ['that is null', null],
    ['that is missing', undefined],
  ])('refuses a password %s', async (_title, secret) => {
    refused(await register({ username: uniqueName('ada'), password: secret }), invalid)
  })

  it('refuses an email of the wrong type', async () => {
    refused(await register({ username: uniqueName('ada'), password, email: 7 }), invalid)
  })

  it('ignores fields that it does not know', async () => {
    const username = uniqueName('ada')
    ok(await register({ username, password, id: 1, confirm_password: 'x', is_admin: true, nickname: 7 }))
    await login(username)
  })
})
