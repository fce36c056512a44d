/** Uploads and stored files pass the edge as they came, and nothing else reaches the storage. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { apiHeaders, fileHeaders } from '../../infra/local/edge/security-headers.ts'
import type { StorageSettings } from '../../infra/local/edge/storage.ts'
import { edge } from './edge-testbed.ts'
import { ask } from './edge-viewer.ts'

interface Seen {
  method: string | undefined
  url: string | undefined
  headers: IncomingMessage['headers']
  body: string
}

const sign = 'X-Amz-Signature=abc&b=%2F'
const file = `/chat-files/2026-01-02/id.png?${sign}`

/** A storage that remembers what it is asked. */
async function storage(answer: RequestListener = (_request, response) => response.end('stored')) {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request
    // One that is cut off has no body.
    const parts: Buffer[] = await request.toArray().catch(() => [])
    seen.push({ method, url, headers, body: Buffer.concat(parts).toString() })
    answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const settings: StorageSettings = {
    endpoint: new URL(`http://key:secret@localhost:${port}`),
    bucket: 'bucket',
    maxBodyBytes: 100,
    timeoutMs: 5_000,
    transferMs: 5_000,
  }
  return { seen, settings, host: `bucket.localhost:${port}` }
}

const cors = { allowedOrigins: ['*'], allowedMethods: ['GET', 'PUT'], allowedHeaders: ['Content-Type'] }

describe('an upload', () => {
  test('arrives with its path, query, type and length, at the host of the bucket, and without what names its sender', async () => {
    const { seen, settings, host } = await storage()
    const { port } = await edge({ storage: settings })
    const headers = {
      ...{ 'content-type': 'image/png', 'content-length': 5, authorization: 'Bearer token', cookie: 'token=a' },
      ...{ 'x-amz-acl': 'public-read', 'x-viewer-address': '::1' },
    }
    const path = `/incoming/id?${sign}`
    const answer = await ask(port, path, { method: 'PUT', headers, body: 'bytes' })
    expect(answer).toMatchObject({ status: 200, body: 'stored' })
    expect(seen).toMatchObject([{ method: 'PUT', url: path, body: 'bytes' }])
    expect(seen[0]?.headers).toEqual({
      ...{ host, 'content-type': 'image/png', 'content-length': '5', connection: 'keep-alive' },
      expect: '100-continue',
    })
  })

  test.each([
    ['of another method', { method: 'POST' }, 405],
    ['that is a download', { method: 'GET' }, 405],
    ['without a length', { method: 'PUT', headers: { 'transfer-encoding': 'chunked' }, body: 'bytes' }, 411],
    ['that is too long', { method: 'PUT', body: 'a'.repeat(101) }, 413],
  ])('%s is refused before the storage hears of it', async (_title, options, status) => {
    const { seen, settings } = await storage()
    const { port } = await edge({ storage: settings })
    const answer = await ask(port, `/incoming/id?${sign}`, options)
    expect(answer.status).toBe(status)
    expect(answer.headers).toMatchObject(fileHeaders)
    if (status === 405) expect(answer.headers.allow).toBe('PUT')
    expect(seen).toEqual([])
  })

  test('that would be too long is not asked to go on, and one that is not, is', async () => {
    const { settings } = await storage()
    const { port } = await edge({ storage: settings, limits: { maxBodyBytes: 10 } })
    const said = async (bytes: number): Promise<string> => {
      const socket = connect(port, '127.0.0.1').setEncoding('utf8')
      onTestFinished(() => void socket.destroy())
      socket.write(`PUT /incoming/id HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\nExpect: 100-continue\r\n\r\n`)
      const [text]: string[] = await once(socket, 'data')
      return text ?? ''
    }
    expect(await said(100)).toMatch(/^HTTP\/1.1 100 /)
    expect(await said(101)).toMatch(/^HTTP\/1.1 413 /)
  })

  test('that the storage refuses is not sent there, and its answer is not lost', async () => {
    const { settings, host } = await storage()
    const bodies: string[] = []
    const server = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    server.on('checkContinue', (request: IncomingMessage, response) => {
      request.on('data', (bytes) => bodies.push(String(bytes)))
      response.writeHead(403, { connection: 'close' }).end('refused')
    })
    await once(server, 'listening')
    const address = server.address()
    settings.endpoint.port = String(typeof address === 'object' ? address?.port : 0)
    expect(settings.endpoint.host).not.toBe(host)
    const { port } = await edge({ storage: { ...settings, maxBodyBytes: 10_000_000 } })
    const answer = await ask(port, '/incoming/id', { method: 'PUT', body: 'a'.repeat(9_000_000) })
    expect(answer).toMatchObject({ status: 403, body: 'refused' })
    expect(bodies).toEqual([])
  })

  test('that ends early leaves nothing of its own under way', async () => {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const { settings } = await storage()
    const server = createServer((request) => {
      request.once('close', () => resolve(request.complete))
      request.resume()
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const address = server.address()
    settings.endpoint.port = String(typeof address === 'object' ? address?.port : 0)
    const { port } = await edge({ storage: settings })
    const socket = connect(port, '127.0.0.1')
    socket.write('PUT /incoming/id HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nsome')
    await once(server, 'request')
    socket.destroy()
    expect(await promise).toBe(false)
  })
})

describe('a stored file', () => {
  test('is asked for as it was signed, and comes with its type and length, and a policy that lets it do nothing', async () => {
    const { seen, settings, host } = await storage((_request, response) => {
      const said = { 'content-type': 'image/png', 'cache-control': 'private, max-age=60', 'x-amz-request-id': '1' }
      response.writeHead(206, { ...said, 'content-range': 'bytes 0-5/9', server: 'S3' }).end('stored')
    })
    const { port } = await edge({ storage: settings, cors })
    const headers = { range: 'bytes=0-5', authorization: 'Bearer token', origin: 'http://elsewhere' }
    const answer = await ask(port, file, { headers })
    expect(answer).toMatchObject({ status: 206, body: 'stored' })
    expect(answer.headers).toMatchObject({
      ...{ ...fileHeaders, 'content-type': 'image/png', 'cache-control': 'private, max-age=60' },
      ...{ 'content-range': 'bytes 0-5/9', 'access-control-allow-origin': '*' },
    })
    expect(answer.headers).not.toHaveProperty('server')
    expect(answer.headers).not.toHaveProperty('x-amz-request-id')
    expect(seen).toMatchObject([{ method: 'GET', url: file, headers: { host, range: 'bytes=0-5' } }])
    expect(seen[0]?.headers).not.toHaveProperty('authorization')
  })

  test('has no body over HEAD, and hands none on that came with the request', async () => {
    const { seen, settings } = await storage()
    const { port } = await edge({ storage: settings })
    const options = { method: 'GET', headers: { 'content-length': 5 }, body: 'bytes' }
    expect((await ask(port, file, options)).body).toBe('stored')
    expect((await ask(port, file, { method: 'HEAD' })).body).toBe('')
    expect(seen).toMatchObject([{ body: '' }, { method: 'HEAD', url: file }])
    expect(seen[0]?.headers).not.toHaveProperty('content-length')
  })

  test.each(['PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'])('is not changed: %s is refused', async (method) => {
    const { seen, settings } = await storage()
    const { port } = await edge({ storage: settings, cors })
    for (const path of [file, '/user-avatars/d/a.png', '/temp-files/a']) {
      const answer = await ask(port, path, { method })
      expect(answer).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
    }
    expect(seen).toEqual([])
  })

  test.each([
    ...['/chat-files/', '/chat-files//a', '/chat-files/../a', '/user-avatars/../chat-files/a', '/user-avatars/.a'],
    ...['/user-avatars/%2e%2e/chat-files/a', '/user-avatars/a/', '/user-avatars/a\\b', '/temp-files/a;b'],
  ])('has no path such as %s', async (path) => {
    const { seen, settings } = await storage()
    const { port } = await edge({ storage: settings })
    expect((await ask(port, path)).status).toBe(404)
    expect(seen).toEqual([])
  })

  test('that is an avatar is signed for everybody, without what a viewer would have signed with it', async () => {
    const { seen, settings } = await storage()
    const { port } = await edge({ storage: settings })
    await ask(port, '/user-avatars/d/a.png?acl&response-content-type=text/html')
    expect(seen[0]?.url).toMatch(
      /^\/user-avatars\/d\/a\.png\?X-Amz-Algorithm=AWS4-HMAC-SHA256&.*&X-Amz-Signature=\w{64}$/,
    )
    expect(seen[0]?.url).not.toMatch(/acl|response/)
  })
})

test('preflights are answered as those of the API', async () => {
  const { seen, settings } = await storage()
  const { port } = await edge({ storage: settings, cors })
  const headers = { origin: 'http://elsewhere', 'access-control-request-method': 'PUT' }
  const answer = await ask(port, '/incoming/id', { method: 'OPTIONS', headers })
  expect(answer.status).toBe(204)
  expect(answer.headers).toMatchObject({
    ...{ 'access-control-allow-origin': '*', 'access-control-allow-methods': 'GET,PUT' },
    ...{ 'access-control-allow-headers': 'Content-Type' },
  })
  expect(seen).toEqual([])
})

test('a storage that is away is a 503, and one that does not answer, too', async () => {
  const { settings } = await storage(() => {})
  const away = { ...settings, endpoint: new URL('http://key:secret@localhost:1') }
  const silent = { ...settings, timeoutMs: 50 }
  for (const one of [away, silent]) {
    const { port } = await edge({ storage: one })
    expect(await ask(port, file)).toMatchObject({ status: 503, body: '{"message":"Service Unavailable"}' })
    expect((await ask(port, '/incoming/a', { method: 'PUT', body: 'bytes' })).status).toBe(503)
  }
})

test('a transfer that takes too long is cut off', async () => {
  const { settings } = await storage((_request, response) => response.writeHead(200).write('a'))
  const { port } = await edge({ storage: { ...settings, transferMs: 50 } })
  await expect(ask(port, file)).rejects.toThrow('aborted')
})

describe('the port for stored files alone', () => {
  test('has them, and nothing else', async () => {
    const { seen, settings } = await storage()
    const { mediaPort = 0 } = await edge({ storage: settings, mediaPort: 0 })
    expect((await ask(mediaPort, file)).body).toBe('stored')
    expect((await ask(mediaPort, '/incoming/a', { method: 'PUT', body: 'bytes' })).status).toBe(200)
    for (const path of ['/', '/api/health', '/api/ws', '/swagger/index.html', '/chat-file'])
      expect(await ask(mediaPort, path)).toMatchObject({ status: 404, headers: apiHeaders })
    expect(seen).toHaveLength(2)
  })

  test('is done without when it is taken, and that is told', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    onTestFinished(() => warn.mockRestore())
    const { settings, host } = await storage()
    const taken = Number(host.split(':')[1])
    const { port, mediaPort } = await edge({ storage: settings, mediaPort: taken })
    expect(mediaPort).toBeUndefined()
    expect(warn.mock.calls.join()).toContain(`Port ${taken} on 127.0.0.1 is taken`)
    expect((await ask(port, file)).status).toBe(200)
  })
})
