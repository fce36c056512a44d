/** Headers that only the edge may set, sent by a client. */
import { beforeAll, expect, it } from 'vitest'
import { open, proper } from '../support/handshake.ts'
import { call, ok } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { Identity } from '../support/shape.ts'

const { ada } = newcomers(beforeAll, 'ada')

const claims: Record<string, string>[] = [
  { 'x-viewer-address': '192.0.2.1' },
  { 'x-viewer-address': 'nonsense' },
  { 'x-viewer-address': '::1', 'x-origin-secret': 'guess' },
  { 'x-viewer-address': '', 'x-origin-secret': '' },
]

it.each(claims)('%j change nothing of a request or a socket', async (headers) => {
  expect(ok(await call('GET', '/api/user/info', { token: ada.token, headers }), Identity).username).toBe(ada.username)
  expect((await open(ada.token, { ...proper, ...headers })).status).toBe(101)
})
