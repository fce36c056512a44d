/** The opening handshake: the API is asked in the edge's name, the viewer is answered in its own. */
import { type IncomingMessage, request } from 'node:http'
import { expect, test } from 'vitest'
import { edge, socketOrigin } from './edge-origin.ts'

const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const proper = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': key }

/** The status, and the headers that came with it. */
function open(port: number, headers: Record<string, string | string[]>) {
  return new Promise<Pick<IncomingMessage, 'statusCode' | 'headers'>>((resolve, reject) => {
    const opening = request({ port, host: '127.0.0.1', path: '/api/ws', headers }).once('error', reject)
    opening.once('response', (response) => resolve(response.resume()))
    opening.once('upgrade', (response, socket) => {
      socket.destroy()
      resolve(response)
    })
    opening.end()
  })
}

test('a key that two viewers share is two at the API, and each is answered for its own', async () => {
  const origin = await socketOrigin()
  const { port } = await edge({ webSocketApi: origin.url })
  const openings = await Promise.all([open(port, proper), open(port, proper)])
  expect(openings.map(({ headers }) => headers['sec-websocket-accept'])).toEqual(
    Array(2).fill('s3pPLMBiTxaQ9kYGzzhZRbK+xOo='),
  )
  const keys = origin.requests.map(({ headers }) => headers['sec-websocket-key'])
  expect(new Set([...keys, key]).size).toBe(3)
})

test('protocols and extensions are shown to functions, and agreed to by nobody', async () => {
  const origin = await socketOrigin()
  const { port } = await edge({ webSocketApi: origin.url })
  const offered = { 'sec-websocket-protocol': 'chat, superchat', 'sec-websocket-extensions': 'permessage-deflate' }
  const { statusCode, headers } = await open(port, { ...proper, ...offered })
  expect([statusCode, Object.keys(headers).sort()]).toEqual([101, ['connection', 'sec-websocket-accept', 'upgrade']])
  for (const text of ['sec-websocket-protocol', 'chat, superchat', 'sec-websocket-extensions', key]) {
    expect(origin.requests[0]?.rawHeaders).toContain(text)
  }
  expect((await open(port, { ...proper, 'sec-websocket-protocol': ',;,' })).statusCode).toBe(101)
})

test.each<[what: string, key: string | string[]]>([
  ['missing', []],
  ['empty', ''],
  ['short', 'dGhlIHNhbXBsZQ=='],
  ['long', 'dGhlIHNhbXBsZSBub25jZSBhbmQgbW9yZQ=='],
  ['no base64', '!!!!!!!!!!!!!!!!!!!!!!=='],
  ['given twice', [key, key]],
])('a key that is %s is refused with 400 before the API hears of it', async (_what, value) => {
  const origin = await socketOrigin()
  const { port } = await edge({ webSocketApi: origin.url })
  expect((await open(port, { ...proper, 'sec-websocket-key': value })).statusCode).toBe(400)
  expect(origin.requests).toEqual([])
})
