/** The opening handshake, header by header. */
import { type IncomingMessage, request } from 'node:http'
import { expect, test } from 'vitest'
import { edge, socketFunctions } from './edge-testbed.ts'

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

test('a key that two viewers share is answered for each, and names neither connection', async () => {
  const functions = socketFunctions()
  const { port } = await edge(functions)
  const openings = await Promise.all([open(port, proper), open(port, proper)])
  expect(openings.map(({ headers }) => headers['sec-websocket-accept'])).toEqual(
    Array(2).fill('s3pPLMBiTxaQ9kYGzzhZRbK+xOo='),
  )
  const ids = functions.of('connect').map(({ requestContext }) => requestContext.connectionId)
  expect(new Set(ids).size).toBe(2)
})

test('protocols and extensions are shown to functions, and agreed to by nobody', async () => {
  const functions = socketFunctions()
  const { port } = await edge(functions)
  const offered = { 'sec-websocket-protocol': 'chat, superchat', 'sec-websocket-extensions': 'permessage-deflate' }
  const { statusCode, headers } = await open(port, { ...proper, ...offered })
  expect([statusCode, Object.keys(headers).sort()]).toEqual([101, ['connection', 'sec-websocket-accept', 'upgrade']])
  expect(functions.of('connect')[0]?.headers).toMatchObject(offered)
  expect((await open(port, { ...proper, 'sec-websocket-protocol': ',;,' })).statusCode).toBe(101)
})

test.each<[what: string, key: string | string[]]>([
  ['missing', []],
  ['empty', ''],
  ['short', 'dGhlIHNhbXBsZQ=='],
  ['long', 'dGhlIHNhbXBsZSBub25jZSBhbmQgbW9yZQ=='],
  ['no base64', '!!!!!!!!!!!!!!!!!!!!!!=='],
  ['given twice', [key, key]],
])('a key that is %s is refused with 400 before a function hears of it', async (_what, value) => {
  const functions = socketFunctions()
  const { port } = await edge(functions)
  expect((await open(port, { ...proper, 'sec-websocket-key': value })).statusCode).toBe(400)
  expect(functions.of('authorize')).toEqual([])
})
