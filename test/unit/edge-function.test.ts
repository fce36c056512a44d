/** The CloudFront function, run as CloudFront runs it: a script with a function `handler`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { maxUploadBytes } from '../../infra/local/edge/storage.ts'

const file = join(import.meta.dirname, '../../infra/edge/viewer-request.js')
const code = readFileSync(file, 'utf8')

interface Request {
  uri: string
  headers: Record<string, { value: string }>
}

function seen(uri: string, headers: Request['headers'] = {}, method = 'GET'): Request & { statusCode?: number } {
  const handler: (event: unknown) => Request = runInNewContext(`${code}; handler`, {})
  return handler({ viewer: { ip: '203.0.113.7' }, request: { method, uri, querystring: {}, headers } })
}

it('takes sockets to the path at which the WebSocket API answers, and no other path', () => {
  expect(seen('/api/ws').uri).toBe('/')
  for (const uri of ['/api/ws/', '/api/wsx', '/api/user/info', '/', '/index.html']) expect(seen(uri).uri).toBe(uri)
})

it('takes the API page’s folder to its page', () => {
  expect(seen('/swagger').uri).toBe('/swagger/index.html')
  expect(seen('/swagger/').uri).toBe('/swagger/index.html')
  expect(seen('/swagger/openapi.json').uri).toBe('/swagger/openapi.json')
})

it('takes the paths of the page’s views to the page, and no file', () => {
  for (const uri of ['/chat', '/chat/42', '/settings/', '/sign-in']) expect(seen(uri).uri).toBe('/index.html')
  for (const uri of ['/chats', '/chat.js', '/assets/chat', '//chat', '/api/chat', '/swagger/chat'])
    expect(seen(uri).uri).toBe(uri)
})

it('says the viewer’s address itself, whatever a client claims', () => {
  expect(seen('/api/user/login').headers['x-viewer-address']).toEqual({ value: '203.0.113.7' })
  const claimed = seen('/api/user/login', { 'x-viewer-address': { value: '198.51.100.1' } })
  expect(claimed.headers['x-viewer-address']).toEqual({ value: '203.0.113.7' })
})

it('hands no secret on that a client sends, and all else as it came', () => {
  const { headers } = seen('/api/user/login', { 'x-origin-secret': { value: 'guess' }, cookie: { value: 'a=b' } })
  expect(headers).toEqual({ 'x-viewer-address': { value: '203.0.113.7' }, cookie: { value: 'a=b' } })
})

it('lets uploads of a known length through that are not too long, and no other request to their paths', () => {
  const status = (method: string, length?: number) =>
    seen('/incoming/id', length === undefined ? {} : { 'content-length': { value: String(length) } }, method).statusCode
  expect(status('PUT', maxUploadBytes)).toBeUndefined()
  expect(status('PUT', 0)).toBeUndefined()
  expect(status('PUT', maxUploadBytes + 1)).toBe(413)
  expect(status('PUT')).toBe(411)
  for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'PATCH', 'OPTIONS']) expect(status(method, 1)).toBe(405)
})

it('hands no token on to where files are stored, and to the functions as it came', () => {
  const headers = (uri: string) =>
    seen(uri, { authorization: { value: 'Bearer a' }, 'content-length': { value: '1' } }, 'PUT').headers
  for (const folder of ['incoming', 'chat-files', 'temp-files', 'user-avatars'])
    expect(headers(`/${folder}/a`)).not.toHaveProperty('authorization')
  expect(headers('/api/user/login')).toHaveProperty('authorization')
})

it('is small enough for CloudFront, and holds nothing that the framework would take for a variable', () => {
  expect(Buffer.byteLength(code)).toBeLessThan(10_000)
  expect(code).not.toContain('${')
})
