/** GET and PUT /api/user/profile, POST /api/user/info/update. */
import { beforeAll, describe, expect, it } from 'vitest'
import { call, invalid, ok, refused } from '../support/http.ts'
import { newcomers, password, person } from '../support/people.ts'
import { Identity, Profile, Session } from '../support/shape.ts'

const { ada } = newcomers(beforeAll, 'ada')

const read = async () => ok(await call('GET', '/api/user/profile', { token: ada.token }), Profile)

describe('profile', () => {
  it('says who the caller is', async () => {
    const { id, username, token } = await person('ada')
    const profile = ok(await call('GET', '/api/user/profile', { token }), Profile)
    expect(profile).toMatchObject({ id, username, avatar: '', email: '', phone: '' })
  })
})

describe.each([
  ['PUT', '/api/user/profile'],
  ['POST', '/api/user/info/update'],
])('%s %s', (method, path) => {
  const change = (body: unknown) => call(method, path, { token: ada.token, body })

  it('changes every field and answers with the profile', async () => {
    const fields = {
      nickname: `Ada by ${method}`,
      avatar: 'https://example.com/ada.png',
      email: 'ada@example.com',
      phone: '13800138000',
    }
    const changed = ok(await change(fields), Profile)
    expect(changed).toEqual({ id: ada.id, username: ada.username, ...fields })
    expect(await read()).toEqual(changed)
  })

  it('leaves alone what is not given', async () => {
    const before = await read()
    const phone = method === 'PUT' ? '+86 138-0013-8000' : '(010) 6552 9988'
    expect(ok(await change({ phone }), Profile)).toEqual({ ...before, phone })
    expect(await read()).toEqual({ ...before, phone })
  })

  it('takes a profile back as it was read', async () => {
    const before = await read()
    expect(ok(await change(before), Profile)).toEqual(before)
  })

  it('clears a field', async () => {
    expect(ok(await change({ avatar: '', email: '', phone: '' }), Profile)).toMatchObject({
      avatar: '',
      email: '',
      phone: '',
    })
  })

  it('ignores a user name, an id and a password', async () => {
    const before = await read()
    const changed = ok(await change({ nickname: 'Ada', username: 'eve', id: 1, password: 'stolen password' }), Profile)
    expect(changed).toEqual({ ...before, nickname: 'Ada' })
    const body = { username: ada.username, password }
    expect(ok(await call('POST', '/api/user/login', { body }), Session).nickname).toBe('Ada')
    expect(ok(await call('GET', '/api/user/info', { token: ada.token }), Identity).username).toBe(ada.username)
  })

  it.each([
    ['emoji outside the basic plane', '😀 Ада 𝒜𝒹𝒶 👩‍👩‍👧‍👦'],
    ['64 of them', '😀'.repeat(64)],
    ['combining marks as they came', 'e\u0301 and \u00e9'],
    ['markup as text', '<b onclick="x">Ada</b> & \'co\' \\ %s'],
    ['64 Chinese characters', '字'.repeat(64)],
  ])('keeps a nickname exactly: %s', async (_title, nickname) => {
    expect(ok(await change({ nickname }), Profile).nickname).toBe(nickname)
    expect((await read()).nickname).toBe(nickname)
  })

  it.each([
    ['avatar', `https://example.com/${'a'.repeat(235)}`],
    ['email', `${'a'.repeat(64)}@${'b'.repeat(59)}.com`],
    ['phone', '1'.repeat(20)],
  ])('takes the longest %s', async (field, value) => {
    expect(ok(await change({ [field]: value }), Profile)).toMatchObject({ [field]: value })
  })

  it.each([
    ['nickname', 'n'.repeat(65)],
    ['nickname', '😀'.repeat(65)],
    ['avatar', `https://example.com/${'a'.repeat(236)}`],
    ['email', `${'a'.repeat(64)}@${'b'.repeat(60)}.com`],
    ['phone', '1'.repeat(21)],
    ['nickname', 7],
    ['avatar', true],
    ['email', ['ada@example.com']],
    ['phone', 13800138000],
    ['avatar', 'javascript:alert(1)'],
    ['avatar', '//example.com/ada.png'],
    ['email', '<script>alert(1)</script>@example.com'],
    ['phone', 'call me'],
  ])('refuses a wrong %s and changes nothing', async (field, value) => {
    const before = await read()
    refused(await change({ nickname: 'half of a change', [field]: value }), invalid)
    expect(await read()).toEqual(before)
  })
})
