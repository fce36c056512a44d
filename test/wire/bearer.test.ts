/** Where a token counts: the same over HTTP and at the upgrade of a socket. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { closeAll, upgradeStatus } from '../support/socket.ts'

afterAll(closeAll)

const { ada } = newcomers(beforeAll, 'ada')

interface Brought {
  header?: string
  token?: string
  cookie?: string
  origin?: string
}

const basic = 'Basic YWRhOnNlY3JldA=='
const elsewhere = 'https://elsewhere.example'

const table: [title: string, isAdmitted: boolean, brought: (good: string) => Brought][] = [
  ['a bearer', true, (good) => ({ header: `Bearer ${good}` })],
  ['a bearer in small letters', true, (good) => ({ header: `bearer ${good}` })],
  ['a bearer before a bad query', true, (good) => ({ header: `Bearer ${good}`, token: 'bad' })],
  ['a bad bearer before a good query', false, (good) => ({ header: 'Bearer bad', token: good })],
  ['a query', true, (good) => ({ token: good })],
  ['a query before a bad cookie', true, (good) => ({ token: good, cookie: 'token=bad' })],
  ['a bad query before a good cookie', false, (good) => ({ token: 'bad', cookie: `token=${good}` })],
  ['an empty query before a good cookie', true, (good) => ({ token: '', cookie: `token=${good}` })],
  ['a cookie', true, (good) => ({ cookie: `token=${good}` })],
  ['a cookie among those of others', true, (good) => ({ cookie: `a=1; xtoken=bad; token=${good}; z` })],
  ['a cookie from elsewhere', false, (good) => ({ cookie: `token=${good}`, origin: elsewhere })],
  ['a query from elsewhere', true, (good) => ({ token: good, origin: elsewhere })],
  ["a proxy's header and a good query", true, (good) => ({ header: basic, token: good })],
  ["a proxy's header and a good cookie", true, (good) => ({ header: basic, cookie: `token=${good}` })],
  [
    "a proxy's header and a cookie from elsewhere",
    false,
    (good) => ({ header: basic, cookie: `token=${good}`, origin: elsewhere }),
  ],
  ["a proxy's header alone", false, () => ({ header: basic })],
  ['a bearer without a token, and a good query', true, (good) => ({ header: 'Bearer ', token: good })],
  ['a token without its scheme', false, (good) => ({ header: good })],
  ['nothing', false, () => ({})],
]

describe('a request', () => {
  it.each(table)('with %s: admitted %o, by HTTP and as a socket', async (_title, isAdmitted, brought) => {
    const { header, token, cookie, origin } = brought(ada.token)
    const headers = {
      ...(header !== undefined && { authorization: header }),
      ...(cookie !== undefined && { cookie }),
      ...(origin !== undefined && { origin }),
    }
    const query: Record<string, string> = token === undefined ? {} : { token }
    expect({
      http: (await call('GET', '/api/user/info', { headers, query })).status,
      socket: await upgradeStatus(brought(ada.token)),
    }).toEqual(isAdmitted ? { http: 200, socket: 101 } : { http: 401, socket: 401 })
  })
})
