/** What each reply tells a browser not to do with it. */
import { beforeAll, describe, expect, it } from 'vitest'
import { baseUrl } from '../support/address.ts'
import { open, proper } from '../support/handshake.ts'
import type { Reply } from '../support/http.ts'
import { newcomers } from '../support/people.ts'
import { ask, exchange } from '../support/raw.ts'

const { ada, bob } = newcomers(beforeAll, 'ada', 'bob')
const isSafe = baseUrl.startsWith('https:')

const as = (token: string) => ({ authorization: `Bearer ${token}` })
const said = (headers: Headers): Record<string, string> => Object.fromEntries(headers)

const framing = expect.stringContaining("frame-ancestors 'none'")
const everywhere = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': framing,
}
const api = { ...everywhere, 'cache-control': 'no-store' }

async function untilTooMany(): Promise<Reply> {
  const search = () => ask('GET', `/api/user/search?username=${ada.username}`, { headers: as(bob.token) })
  const replies = await Promise.all(Array.from({ length: 40 }, search))
  return replies.find(({ status }) => status === 429) ?? search()
}

describe('a reply of the API is neither kept, nor framed, nor taken for anything else', () => {
  it.each<[title: string, status: number, reply: () => Promise<Reply>]>([
    ['a success', 200, () => ask('GET', '/api/user/info', { headers: as(ada.token) })],
    ['health', 200, () => ask('GET', '/api/health')],
    ['invalid input', 400, () => ask('POST', '/api/user/login', { body: '{' })],
    ['no token', 401, () => ask('GET', '/api/user/info')],
    ['an unknown path', 404, () => ask('GET', '/api/nothing')],
    ['a path outside', 404, () => ask('GET', '/nothing')],
    ['a wrong method', 405, () => ask('DELETE', '/api/user/info')],
    ['HEAD', 405, () => ask('HEAD', '/api/user/info')],
    ['a large body', 413, () => ask('POST', '/api/user/login', { body: `"${'x'.repeat(300_000)}"` })],
    ['a body that the gateway refuses', 413, () => ask('POST', '/api/user/login', { body: 'x'.repeat(11_000_000) })],
    ['no upgrade', 426, () => ask('GET', '/api/ws')],
    ['too many requests', 429, untilTooMany],
    ['no HTTP', 400, () => exchange('GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n', { isAll: true })],
    ['an unknown method', 405, () => exchange('FOO / HTTP/1.1\r\nHost: a\r\n\r\n', { isAll: true })],
    [
      'a preflight',
      204,
      () =>
        ask('OPTIONS', '/api/user/info', {
          headers: { origin: 'https://a.example', 'access-control-request-method': 'GET' },
        }),
    ],
  ])('%s', async (_title, status, reply) => {
    const { status: actual, headers } = await reply()
    expect(actual).toBe(status)
    expect(said(headers)).toMatchObject(api)
    expect(headers.has('strict-transport-security')).toBe(isSafe)
  })

  it.each([
    ['a socket for a bad token', 401, proper],
    ['a socket for a bad handshake', 400, { ...proper, 'sec-websocket-key': 'short' }],
  ])('%s', async (_title, status, headers) => {
    const refused = await open('bad', headers)
    expect(refused.status).toBe(status)
    expect(refused.headers).toMatchObject(api)
  })
})

describe('the API page', () => {
  it.each([
    '/swagger',
    '/swagger/index.html',
    '/swagger/openapi.json',
    '/swagger/start.js',
    '/swagger/ws.html',
    '/swagger/ws.css',
    '/swagger/asyncapi.json',
    '/swagger/nothing',
  ])('is framed by nobody, and loads only what is its own: %s', async (path) => {
    const { headers } = await ask('GET', path)
    expect(said(headers)).toMatchObject(everywhere)
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'self';/)
    expect(headers.get('content-security-policy')).not.toMatch(/script-src|unsafe-eval/)
  })

  it('has no script of its own in the page, and keeps no token', async () => {
    const { text } = await ask('GET', '/swagger/index.html')
    expect(text).toContain('<script src=')
    expect(text).not.toMatch(/<script(?![^>]*\ssrc=)|\son\w+\s*=|javascript:|<style|\sstyle=/i)
    expect((await ask('GET', '/swagger/start.js')).text).not.toContain('persistAuthorization')
  })
})

describe('the page', () => {
  const addressed = "img-src 'self' https: http: data: blob:"

  it.each([
    ['/', 200],
    ['/sign-in', 200],
    ['/chat/42', 200],
    ['/settings/profile', 200],
    ['/assets/nothing.js', 404],
  ])('is framed by nobody, and runs only what is its own: %s', async (path, status) => {
    const reply = await ask('GET', path)
    expect(reply.status).toBe(status)
    expect(said(reply.headers)).toMatchObject(everywhere)
    const policy = reply.headers.get('content-security-policy')
    expect(policy).toMatch(/^default-src 'self';/)
    expect(policy).toContain(addressed)
    expect(policy).not.toMatch(/script-src|unsafe/)
    expect(reply.headers.get('permissions-policy')).toMatch(/^camera=\(self\), microphone=\(self\), /)
  })

  it('is built of files of its own, whose names stand for their content', async () => {
    const { text, headers } = await ask('GET', '/')
    expect(headers.get('cache-control')).toBe('no-cache')
    const own = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path)
    expect(own.filter((path) => !path.startsWith('/'))).toEqual([])
    const assets = own.filter((path) => path.startsWith('/assets/'))
    expect(assets.length).toBeGreaterThan(1)
    for (const path of assets) {
      const reply = await ask('GET', path, { headers: { 'accept-encoding': 'identity' } })
      expect([path, reply.status]).toEqual([path, 200])
      expect(reply.headers.get('cache-control')).toContain('immutable')
    }
  })
})

describe('a wrong method is answered with those that the path has', () => {
  it.each([
    ['DELETE', '/api/user/info', 'GET'],
    ['HEAD', '/api/health', 'GET'],
    ['OPTIONS', '/api/user/login', 'POST'],
    ['DELETE', '/api/user/profile', 'GET, PUT'],
    ['POST', '/swagger/index.html', 'GET, HEAD'],
    ['POST', '/', 'GET, HEAD'],
    ['DELETE', '/chat/1', 'GET, HEAD'],
  ])('%s %s', async (method, path, allowed) => {
    const { status, headers } = await ask(method, path)
    expect([status, headers.get('allow')]).toEqual([405, allowed])
  })

  it('also where the gateway knows no such method', async () => {
    const { status, headers } = await exchange('FOO / HTTP/1.1\r\nHost: a\r\n\r\n', { isAll: true })
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS, PUT, PATCH, POST, DELETE'])
  })
})
