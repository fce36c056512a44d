/** Cookies of other programs, which a browser sends along to every port of `localhost`: nobody's business here. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { baseUrl } from '../support/address.ts'
import { invalid, ok, refused, unauthorized } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { ask } from '../support/raw.ts'
import { Identity } from '../support/shape.ts'
import { closeAll, connect } from '../support/socket.ts'

afterAll(closeAll)

const { ada } = newcomers(beforeAll, 'ada')

const odd: [title: string, cookie: string][] = [
  ['JSON', 'g_state={"i_l":0,"i_p":1732}'],
  ['brackets', 'a[b]=c; d(e)=<f>; g@h=i'],
  ['spaces', 'a b=c d;  e = f ;g=h'],
  ['quotes', 'a="b; c"; d="; e=\\"f\\"'],
  ['no equals sign', 'alone; theme'],
  ['no name', '=a; ="b"; =='],
  ['nothing at all', ''],
  ['nothing between semicolons', ';; ;'],
  ['commas and backslashes', 'a=1,2,3; b=\\x41; c=a\\'],
  ['percent signs', 'a=%zz; b=%; c=%e4%bd'],
  ['bytes beyond ASCII', 'name=\xe4\xbd\xa0; other=\xc4\xe3'],
  ['a name from the language', '__proto__=1; constructor=2; toString=3'],
  ['the same name many times', 'a=1; a=2; a=3'],
  ['hundreds', Array.from({ length: 300 }, (_, at) => `cookie${at}={${at}}`).join('; ')],
  ['4 KB of one', `long="${'x'.repeat(4000)}"`],
]

describe('cookies of others', () => {
  it.each(odd)('leave a bearer token alone: %s', async (_title, cookie) => {
    const headers = { authorization: `Bearer ${ada.token}`, cookie }
    expect(ok(await ask('GET', '/api/user/info', { headers }), Identity).id).toBe(ada.id)
  })

  it.each(odd)('leave a token in the query alone: %s', async (_title, cookie) => {
    const socket = await connect({ token: ada.token, cookie })
    await socket.ping()
  })

  it.each(odd)('stand beside a cookie with the token: %s', async (_title, cookie) => {
    for (const cookies of [`${cookie}; token=${ada.token}`, `token=${ada.token}; ${cookie}`]) {
      expect(ok(await ask('GET', '/api/user/info', { headers: { cookie: cookies } }), Identity).id).toBe(ada.id)
    }
  })

  it.each(odd)('are no token: %s', async (_title, cookie) => {
    refused(await ask('GET', '/api/user/info', { headers: { cookie } }), unauthorized)
  })

  it.each(odd)('stand beside a socket’s cookie with the token: %s', async (_title, cookie) => {
    const socket = await connect({ cookie: `${cookie}; token=${ada.token}` })
    await socket.ping()
  })

  it('may come in headers of their own', async () => {
    const headers = { cookie: ['g_state={"i_l":0}', `token=${ada.token}`, 'alone'] }
    expect(ok(await ask('GET', '/api/user/info', { headers }), Identity).id).toBe(ada.id)
  })

  it.each(['mytoken', 'token2', 'Token', 'token '])('do not lend their value to the token’s: %s', async (name) => {
    const cookie = `${name}x=${ada.token}; x${name}=${ada.token}`
    refused(await ask('GET', '/api/user/info', { headers: { cookie } }), unauthorized)
  })
})

describe('a cookie with the token', () => {
  const body = JSON.stringify({ nickname: 'Ada' })
  const change = (headers: Record<string, string>) =>
    ask('POST', '/api/user/info/update', {
      headers: { cookie: `token=${ada.token}`, 'content-type': 'application/json', ...headers },
      body,
    })
  const own = new URL(baseUrl).origin

  it.each(['cross-site', 'same-site', 'unheard-of'])('counts for nothing from a page that is %s', async (site) => {
    refused(await change({ 'sec-fetch-site': site }), { ...unauthorized, reason: 'TOKEN_MISSING' })
    const headers = { cookie: `token=${ada.token}`, 'sec-fetch-site': site }
    refused(await ask('GET', '/api/user/info', { headers }), unauthorized)
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp'])(
    'takes no body of the type %s',
    async (type) => {
      refused(await change({ 'content-type': type }), { ...invalid, reason: 'INVALID_INPUT' })
      const headers = { authorization: `Bearer ${ada.token}`, 'content-type': type }
      expect((await ask('POST', '/api/user/info/update', { headers, body })).status).toBe(200)
    },
  )

  it('counts from an own page, and from what is no browser', async () => {
    for (const headers of [{}, { origin: own, 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }])
      expect((await change(headers as Record<string, string>)).status).toBe(200)
  })
})
