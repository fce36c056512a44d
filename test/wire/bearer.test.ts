/** Where a token counts: the same over HTTP and at the upgrade of a socket, but for one in the address, which opens sockets only. */
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

const [both, none, socketOnly] = [
  { http: 200, socket: 101 },
  { http: 401, socket: 401 },
  { http: 401, socket: 101 },
]

const table: [title: string, admitted: typeof both, brought: (good: string) => Brought][] = [
  ['a bearer', both, (good) => ({ header: `Bearer ${good}` })],
  ['a bearer in small letters', both, (good) => ({ header: `bearer ${good}` })],
  ['a bearer before a bad query', both, (good) => ({ header: `Bearer ${good}`, token: 'bad' })],
  ['a bad bearer before a good query', none, (good) => ({ header: 'Bearer bad', token: good })],
  ['a query', socketOnly, (good) => ({ token: good })],
  ['a query before a bad cookie', socketOnly, (good) => ({ token: good, cookie: 'token=bad' })],
  [
    'a bad query before a good cookie',
    { http: 200, socket: 401 },
    (good) => ({ token: 'bad', cookie: `token=${good}` }),
  ],
  ['an empty query before a good cookie', both, (good) => ({ token: '', cookie: `token=${good}` })],
  ['a cookie', both, (good) => ({ cookie: `token=${good}` })],
  ['a cookie among those of others', both, (good) => ({ cookie: `a=1; xtoken=bad; token=${good}; z` })],
  ['a cookie from elsewhere', none, (good) => ({ cookie: `token=${good}`, origin: elsewhere })],
  ['a query from elsewhere', socketOnly, (good) => ({ token: good, origin: elsewhere })],
  ["a proxy's header and a good query", socketOnly, (good) => ({ header: basic, token: good })],
  ["a proxy's header and a good cookie", both, (good) => ({ header: basic, cookie: `token=${good}` })],
  [
    "a proxy's header and a cookie from elsewhere",
    none,
    (good) => ({ header: basic, cookie: `token=${good}`, origin: elsewhere }),
  ],
  ["a proxy's header alone", none, () => ({ header: basic })],
  ['a bearer without a token, and a good query', socketOnly, (good) => ({ header: 'Bearer ', token: good })],
  ['a bearer without a token, and a good cookie', both, (good) => ({ header: 'Bearer ', cookie: `token=${good}` })],
  ['a bearer without a token', none, () => ({ header: 'Bearer ' })],
  ['a token without its scheme', none, (good) => ({ header: good })],
  ['nothing', none, () => ({})],
]

describe('a request', () => {
  it.each(table)('with %s: answered %o', async (_title, admitted, brought) => {
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
    }).toEqual(admitted)
  })
})
