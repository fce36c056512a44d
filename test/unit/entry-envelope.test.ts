/** HTTP replies: results and refusals in envelopes. */
import { afterEach, expect, it, vi } from 'vitest'
import { Refusal } from '../../lib/core/refusal.ts'
import { envelope } from '../../lib/entry/middleware/envelope.ts'
import { Page } from '../../lib/wire/page.ts'
import { errorLines, request, through } from './entry-event.ts'

afterEach(() => vi.restoreAllMocks())

const english = { headers: { 'accept-language': 'en' } }
const of = (body: unknown, status = 200, headers = {}) => ({
  statusCode: status,
  headers: {
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...headers,
  },
  body: JSON.stringify(body),
})

it('a result is data, with the message of its route in the language of the client', async () => {
  const hooks = [envelope({ zh: '登录成功', en: 'Logged in' })]
  expect(await through(hooks, request(english), async () => [1])).toEqual(of({ code: 0, msg: 'Logged in', data: [1] }))
  expect(await through(hooks, request(), async () => [1])).toEqual(of({ code: 0, msg: '登录成功', data: [1] }))
})

it('without a result there is no data', async () => {
  expect(await through([envelope()], request(), async () => undefined)).toEqual(of({ code: 0, msg: 'success' }))
})

it('a page links to the next one, with the same query but without the token', async () => {
  const queryStringParameters = { limit: '2', token: 'secret' }
  const work = async () => new Page([1, 2], { cursor: '7-8' })
  expect(await through([envelope()], request({ queryStringParameters }), work)).toEqual(
    of({ code: 0, msg: 'success', data: [1, 2] }, 200, { link: '</api/things?limit=2&cursor=7-8>; rel="next"' }),
  )
})

it('a refusal has its status, reason, field, data, and when to retry', async () => {
  const refusal = new Refusal('TOO_MANY_REQUESTS', { field: 'body.x: y', data: { z: 1 }, retryAfterSeconds: 5 })
  expect(await through([envelope()], request(english), () => Promise.reject(refusal))).toEqual(
    of(
      { code: 429, msg: 'Too many requests, try again later: body.x: y', reason: 'TOO_MANY_REQUESTS', data: { z: 1 } },
      429,
      { 'retry-after': '5' },
    ),
  )
})

it('a method that a path does not have is answered with those that it has', async () => {
  const refusal = new Refusal('METHOD_NOT_ALLOWED', { allow: ['GET', 'PUT'] })
  expect(await through([envelope()], request(english), () => Promise.reject(refusal))).toEqual(
    of({ code: 405, msg: 'Method not allowed', reason: 'METHOD_NOT_ALLOWED' }, 405, { allow: 'GET, PUT' }),
  )
})

it('a fault has the id of its request, by which its log line can be found, and no details', async () => {
  errorLines()
  expect(await through([envelope()], request(english), () => Promise.reject(new Error('secret')))).toEqual(
    of({ code: 500, msg: 'Internal error', reason: 'FAULT', request_id: 'r-1' }, 500),
  )
})
