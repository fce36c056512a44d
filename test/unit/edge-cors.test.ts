/** What the HTTP API says to browsers by itself. */
import { expect, test } from 'vitest'
import { edge, witness } from './edge-testbed.ts'
import { ask } from './edge-viewer.ts'

const open = {
  allowedOrigins: ['*'],
  allowedMethods: ['GET', 'PUT'],
  allowedHeaders: ['Authorization', 'Content-Type'],
  exposedResponseHeaders: ['Retry-After'],
  maxAge: 7200,
}
const origin = 'https://elsewhere.example'
const preflight = { origin, 'access-control-request-method': 'PUT' }

test('a preflight is answered without a function, on any path', async () => {
  const api = witness()
  const { port } = await edge({ call: api.call, cors: open })
  for (const path of ['/api', '/api/%zz', '/']) {
    const { status, headers, body } = await ask(port, path, { method: 'OPTIONS', headers: preflight })
    expect([status, body]).toEqual([204, ''])
    expect(headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET,PUT',
      'access-control-allow-headers': 'Authorization,Content-Type',
      'access-control-max-age': '7200',
    })
  }
  expect(api.seen).toEqual([])
})

test('any other request goes to its function, and is answered with what browsers need', async () => {
  const api = witness()
  const { port } = await edge({ call: api.call, cors: open })
  for (const [method, headers] of [
    ['OPTIONS', { origin }],
    ['OPTIONS', { 'access-control-request-method': 'PUT' }],
    ['GET', preflight],
  ] as const) {
    const answer = await ask(port, '/', { method, headers })
    expect([answer.status, answer.body]).toEqual([200, 'seen'])
    expect(answer.headers['access-control-allow-origin']).toBe('origin' in headers ? '*' : undefined)
    expect(answer.headers['access-control-expose-headers']).toBe('origin' in headers ? 'Retry-After' : undefined)
    expect(answer.headers).not.toHaveProperty('access-control-allow-methods')
  }
  expect(api.seen).toHaveLength(3)
})

test('refusals of the edge’s own may be read by browsers, too', async () => {
  const { port } = await edge({ cors: open, routes: [] })
  const { status, headers } = await ask(port, '/', { headers: { origin } })
  expect([status, headers['access-control-allow-origin']]).toEqual([404, '*'])
})

test('a list of origins allows those, each by its name', async () => {
  const api = witness()
  const cors = { allowedOrigins: ['https://other.example', origin], allowCredentials: true }
  const { port } = await edge({ call: api.call, cors })
  const allowed = await ask(port, '/', { headers: { origin } })
  expect(allowed.headers).toMatchObject({
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
  })
  for (const method of ['GET', 'OPTIONS']) {
    const headers = { ...preflight, origin: 'https://elsewhere' }
    expect((await ask(port, '/', { method, headers })).headers).not.toHaveProperty('access-control-allow-origin')
  }
})

test('without a configuration a preflight is a request like any other', async () => {
  const api = witness()
  const { port } = await edge({ call: api.call })
  const { status, headers } = await ask(port, '/', { method: 'OPTIONS', headers: preflight })
  expect([status, headers['access-control-allow-origin']]).toEqual([200, undefined])
})
