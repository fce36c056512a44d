/** Uploads and stored files at the service's origin, by addresses such as it signs: where the key of its storage is known. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { baseUrl, isLocal } from '../support/address.ts'
import { signedPath, store } from '../support/storage.ts'

const endpoint = process.env.STORAGE_ENDPOINT ?? ''
const newPath = (folder: string): string => `/${folder}/2026-01-02/${randomUUID()}.png`
const put = (path: string, init: RequestInit = {}) => fetch(baseUrl + path, { method: 'PUT', body: 'bytes', ...init })
const statusOf = async (answer: Promise<Response>): Promise<number> => (await answer).status

describe.skipIf(!endpoint || !isLocal)('an upload', () => {
  const path = newPath('incoming')
  const signed = signedPath(endpoint || 'http://a', { method: 'PUT', path })

  it('counts by its address alone, whatever its type, and whoever sends it', async () => {
    const headers = { 'content-type': 'image/png', authorization: 'Bearer none', cookie: 'token=none' }
    expect(await statusOf(put(signed, { headers }))).toBe(200)
    expect(await statusOf(put(signed, { body: new Uint8Array([1, 2, 3]) }))).toBe(200)
  })

  it('is refused without a signature, with that of another path or method, of yesterday, or of another key', async () => {
    const yesterday = new Date(Date.now() - 86_400_000)
    const others = [
      path,
      signed.replace(path, newPath('incoming')),
      signedPath(endpoint, { method: 'GET', path }),
      signedPath(endpoint, { method: 'PUT', path }, yesterday),
      signedPath(endpoint.replace(/:[^:@]+@/, ':wrong@'), { method: 'PUT', path }),
    ]
    const long = new Uint8Array(20_000_000)
    for (const other of others) {
      expect(await statusOf(put(other)), other).toBe(403)
      // The storage may close the connection before its answer is read.
      expect([403, 503], other).toContain(await statusOf(put(other, { body: long })))
    }
  })

  it('goes to where uploads go, and is not read from there', async () => {
    for (const folder of ['chat-files', 'user-avatars', 'temp-files']) {
      const elsewhere = signedPath(endpoint, { method: 'PUT', path: newPath(folder) })
      expect(await statusOf(put(elsewhere))).toBe(405)
    }
    const read = signedPath(endpoint, { method: 'GET', path })
    expect(await statusOf(fetch(baseUrl + read))).toBe(405)
  })

  it('has a length', async () => {
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('bytes'))
        controller.close()
      },
    })
    const streamed: RequestInit & { duplex: 'half' } = { body, duplex: 'half' }
    expect(await statusOf(put(signed, streamed))).toBe(411)
  })
})

describe.skipIf(!endpoint || !isLocal)('a stored file', () => {
  const file = newPath('chat-files')
  const read = (query?: Record<string, string>) =>
    signedPath(endpoint, { method: 'GET', path: file, ...(query && { query }) })

  it('is read by a signed address, which may say how it is shown, and can do nothing in a browser', async () => {
    await store(endpoint, file, '<script>alert(1)</script>', 'text/html')
    const asked = {
      'response-content-type': 'text/plain',
      'response-content-disposition': 'attachment; filename="a b.txt"',
    }
    const answer = await fetch(baseUrl + read(asked))
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('<script>alert(1)</script>')
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/plain',
      'content-disposition': 'attachment; filename="a b.txt"',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
    })
  })

  it('is read in parts', async () => {
    await store(endpoint, file, 'abcdef', 'video/mp4')
    const answer = await fetch(baseUrl + read(), { headers: { range: 'bytes=2-3' } })
    expect([answer.status, await answer.text()]).toEqual([206, 'cd'])
  })

  it('is refused without a signature, however it is asked for', async () => {
    await store(endpoint, file, 'bytes', 'image/png')
    for (const path of [file, read().replace(/\w$/, '_')])
      for (const method of ['GET', 'HEAD']) expect(await statusOf(fetch(baseUrl + path, { method })), path).toBe(403)
  })
})

it.skipIf(!endpoint || !isLocal)('an avatar is read without a signature, and nothing else by its path', async () => {
  const path = newPath('user-avatars')
  await store(endpoint, path, 'avatar', 'image/png')
  const answer = await fetch(`${baseUrl}${path}?acl&response-content-type=text/html`)
  expect([answer.status, await answer.text(), answer.headers.get('content-type')]).toEqual([200, 'avatar', 'image/png'])
  expect(await statusOf(fetch(baseUrl + newPath('user-avatars')))).toBe(404)
})
