/** The page at the edge: its views are one file, and its files travel compressed and are kept by their names. */
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { apiHeaders, pageHeaders } from '../../infra/local/edge/security-headers.ts'
import type { Edge } from '../../infra/local/edge/server.ts'
import { edge, witness } from './edge-testbed.ts'
import { ask } from './edge-viewer.ts'

const views = ['sign-in', 'chat']
const script = 'console.log(1)\n'.repeat(100)
const files: Record<string, string> = {
  'index.html': '<!doctype html>page',
  'theme.js': 'theme',
  'assets/main-abc.js': script,
  'assets/inner/deep-abc.css': 'a{}',
  'emoji/en/data.json': '[]',
}

/** A built page, beside a file that is not its own. */
async function built(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'edge-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const all: [string, string | Buffer][] = [
    ...Object.entries(files).map(([name, text]): [string, string] => [`app/${name}`, text]),
    ['app.br/assets/main-abc.js', brotliCompressSync(script)],
    ['app.gzip/assets/main-abc.js', gzipSync(script)],
    ['app.gzip/theme.js', gzipSync('theme')],
    ['secret.txt', 'secret'],
  ]
  for (const [name, content] of all) {
    await mkdir(dirname(join(root, name)), { recursive: true })
    await writeFile(join(root, name), content)
  }
  return join(root, 'app')
}

/** Behind it, a function that answers 200 for all that is not the page's. */
async function edgeWithPage(): Promise<Edge & { seen: { rawPath: string }[] }> {
  const { seen, call } = witness()
  return { ...(await edge({ call, page: { folder: await built(), views } })), seen }
}

/** The body as it travels. */
async function bytes(port: number, path: string, headers: Record<string, string>) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ port, host: '127.0.0.1', path, headers }, resolve).on('error', reject).end()
  })
  return { headers: answer.headers, body: Buffer.concat(await answer.toArray()) }
}

describe('the views of the page', () => {
  test.each([
    '/',
    '/?a=b',
    '/sign-in',
    '/sign-in/',
    '/sign-in?next=/chat',
    '/chat/42',
    '/chat/a/../../etc',
    '/chat/%zz',
  ])('%s is its index, asked for again each time', async (path) => {
    const { port } = await edgeWithPage()
    const { status, headers, body } = await ask(port, path)
    expect([status, headers['content-type'], body]).toEqual([200, 'text/html; charset=utf-8', files['index.html']])
    expect(headers).toMatchObject({ ...pageHeaders, 'cache-control': 'no-cache' })
  })

  test.each([
    '/api',
    '/api/chat',
    '/chats',
    '/chat.html',
    '/Chat',
    '//',
    '//chat',
    '/%63hat',
    '/chat%2f1',
    '/app',
    '/x/chat',
  ])('%s is none of them: the API answers as ever', async (path) => {
    const { port, seen } = await edgeWithPage()
    const { body, headers } = await ask(port, path)
    expect([body, seen.map(({ rawPath }) => rawPath).length]).toEqual(['seen', 1])
    expect(headers).toMatchObject(apiHeaders)
  })

  test('are GET and HEAD alone', async () => {
    const { port, seen } = await edgeWithPage()
    const head = await ask(port, '/chat/1', { method: 'HEAD' })
    expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '19', ''])
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const { status, headers } = await ask(port, '/chat/1', { method })
      expect([status, headers.allow]).toEqual([405, 'GET, HEAD'])
    }
    expect(seen).toEqual([])
  })

  test('are not found while nothing is built, and all else is the API’s', async () => {
    const { call, seen } = witness()
    const { port } = await edge({ call, page: { folder: '/nowhere', views } })
    expect((await ask(port, '/')).status).toBe(404)
    expect((await ask(port, '/assets/main-abc.js')).body).toBe('seen')
    expect(seen).toHaveLength(1)
  })
})

describe('the files of the page', () => {
  test('are kept for a year where the name stands for the content, and else asked for again', async () => {
    const { port } = await edgeWithPage()
    for (const [name, text] of Object.entries(files)) {
      const { status, headers, body } = await ask(port, `/${name}?v=1`)
      expect([status, body], name).toEqual([200, text])
      const isLasting = name.startsWith('assets/')
      expect(headers['cache-control']).toBe(isLasting ? 'public, max-age=31536000, immutable' : 'no-cache')
      expect(headers).toMatchObject(pageHeaders)
    }
  })

  test('that are missing are not found, and never the index', async () => {
    const { port, seen } = await edgeWithPage()
    for (const path of [
      '/assets/old-abc.js',
      '/assets',
      '/assets/',
      '/assets/inner',
      '/theme.js/',
      '/emoji/en',
      '/index.html/x',
    ]) {
      const { status, headers, body } = await ask(port, path)
      expect([path, status, body]).toEqual([path, 404, '{"message":"Not Found"}'])
      expect(headers).not.toHaveProperty('cache-control')
    }
    expect(seen).toEqual([])
  })

  test('are kept by what they are, not by how they are called', async () => {
    const { port } = await edgeWithPage()
    const { body, headers } = await ask(port, '/assets/../index.html')
    expect([body, headers['cache-control']]).toEqual([files['index.html'], 'no-cache'])
  })

  test('let nobody read outside of their folder', async () => {
    const { port } = await edgeWithPage()
    const escapes = [
      ...['../secret.txt', '..%2fsecret.txt', '%2e%2e/%2e%2e/secret.txt', '..%5csecret.txt', '../../secret.txt'],
      ...[
        'inner/../../../secret.txt',
        '/etc/passwd',
        '%00',
        '%zz',
        'main-abc.js%00.css',
        '../../app.br/assets/main-abc.js',
      ],
    ]
    for (const name of escapes) expect([name, (await ask(port, `/assets/${name}`)).status]).toEqual([name, 404])
  })

  test('travel as small as the viewer takes them', async () => {
    const { port } = await edgeWithPage()
    const cases: [string, string | undefined, (body: Buffer) => Buffer][] = [
      ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
      ['*', 'br', brotliDecompressSync],
      ['gzip', 'gzip', gunzipSync],
      ['br;q=0, gzip;q=0.1', 'gzip', gunzipSync],
      ['identity', undefined, (body) => body],
      ['br;q=0, gzip;q=0', undefined, (body) => body],
      ['nonsense;;q=,', undefined, (body) => body],
    ]
    for (const [taken, encoding, open] of cases) {
      const { headers, body } = await bytes(port, '/assets/main-abc.js', { 'accept-encoding': taken })
      expect([taken, headers['content-encoding'], open(body).toString()]).toEqual([taken, encoding, script])
      expect(headers).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8', vary: 'Accept-Encoding' })
      expect(Number(headers['content-length'])).toBe(body.length)
    }
    // One of them alone is there, and none.
    const taken = { 'accept-encoding': 'br, gzip' }
    expect((await bytes(port, '/theme.js', taken)).headers['content-encoding']).toBe('gzip')
    expect((await bytes(port, '/chat', taken)).headers['content-encoding']).toBeUndefined()
    expect((await bytes(port, '/assets/nothing.js', taken)).headers['content-encoding']).toBeUndefined()
  })

  test('are not sent again to who has them, in each encoding its own', async () => {
    const folder = await built()
    // Written at another moment, as files of a build are.
    await utimes(join(`${folder}.br`, 'assets/main-abc.js'), 1, 1)
    const { port } = await edge({ page: { folder, views } })
    const tags = new Set<unknown>()
    for (const taken of ['br', 'gzip', 'identity']) {
      const get = (more = {}) => ask(port, '/assets/main-abc.js', { headers: { 'accept-encoding': taken, ...more } })
      const etag = String((await get()).headers.etag)
      tags.add(etag)
      const again = await get({ 'if-none-match': etag })
      expect([again.status, again.body, again.headers['content-encoding']]).toEqual([304, '', undefined])
      expect(again.headers).toMatchObject({ vary: 'Accept-Encoding', etag })
      expect((await get({ 'if-none-match': '"other"' })).status).toBe(200)
      const refused = await get({ 'if-match': '"other"' })
      expect([refused.status, refused.headers['content-encoding']]).toEqual([412, undefined])
      expect(JSON.parse(refused.body)).toEqual({ message: 'Precondition Failed' })
    }
    expect(tags.size).toBe(3)
  })

  test('come whole: ranges of what travels compressed are nobody’s', async () => {
    const { port } = await edgeWithPage()
    for (const range of ['bytes=0-1', 'bytes=9999999-1,x']) {
      const { status, body, headers } = await ask(port, '/assets/main-abc.js', { headers: { range } })
      expect([status, body, headers['accept-ranges']]).toEqual([200, script, undefined])
    }
  })
})
