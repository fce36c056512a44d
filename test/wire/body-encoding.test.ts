/** A body is UTF-8: any other bytes are refused before anybody reads them as text. */
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { call, invalid, ok, refused, said } from '../support/http.ts'
import { newcomers, password, uniqueName } from '../support/people.ts'
import { ask } from '../support/raw.ts'
import { Profile, Session } from '../support/shape.ts'

const { ada } = newcomers(beforeAll, 'ada')

/** 你好 as a Windows shell in Chinese sends it. */
const gbk = Buffer.from([0xc4, 0xe3, 0xba, 0xc3])

/** JSON with these bytes as one of its texts. */
function withText(fields: Record<string, unknown>, name: string, text: Buffer): Buffer {
  const [before = '', after = ''] = JSON.stringify({ ...fields, [name]: '?' }).split('"?"')
  return Buffer.concat([Buffer.from(`${before}"`), text, Buffer.from(`"${after}`)])
}

const login = (text: Buffer): Buffer => withText({ username: ada.username }, 'password', text)

function post(path: string, body: Buffer, headers: Record<string, string> = {}) {
  const authorization = `Bearer ${ada.token}`
  return ask(path === '/api/user/profile' ? 'PUT' : 'POST', path, {
    headers: { authorization, 'content-type': 'application/json', ...headers },
    body,
  })
}

const isNoUtf8 = { ...invalid, reason: 'INVALID_INPUT' }

describe('a body in GBK', () => {
  it.each([
    ['/api/user/register', { username: uniqueName('eve'), password }, 'nickname'],
    ['/api/user/register', { password }, 'username'],
    ['/api/user/login', { username: 'ada' }, 'password'],
    ['/api/user/profile', {}, 'nickname'],
    ['/api/friend/desc', { target_id: 1 }, 'desc'],
    ['/api/friend/request', { target_id: 1 }, 'remark'],
  ])('is refused by %s %o, %s', async (path, fields, name) => {
    const reply = await post(path, withText(fields, name, gbk))
    refused(reply, isNoUtf8)
    expect(said(reply)).toContain('UTF-8')
  })

  it('changes nothing', async () => {
    const nickname = 'Ada'
    ok(await call('PUT', '/api/user/profile', { token: ada.token, body: { nickname } }), Profile)
    refused(await post('/api/user/profile', withText({}, 'nickname', gbk)), isNoUtf8)
    expect(ok(await call('GET', '/api/user/profile', { token: ada.token }), Profile).nickname).toBe(nickname)
  })

  it('is refused in the language that was asked for', async () => {
    const english = await post('/api/user/login', login(gbk), { 'accept-language': 'en' })
    const chinese = await post('/api/user/login', login(gbk), { 'accept-language': 'zh-CN' })
    expect(said(english)).not.toMatch(/[一-鿿]/)
    expect(said(chinese)).toMatch(/[一-鿿]/)
  })

  it.each(['application/json; charset=gbk', 'text/plain', 'application/octet-stream', 'nonsense', ''])(
    'is refused whatever its type says: %s',
    async (type) => {
      refused(await post('/api/user/login', login(gbk), { 'content-type': type }), isNoUtf8)
    },
  )

  it('is refused when its length is not announced', async () => {
    refused(await post('/api/user/login', login(gbk), { 'transfer-encoding': 'chunked' }), isNoUtf8)
  })
})

describe('a body that breaks UTF-8', () => {
  it.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong letter in three bytes', [0xe0, 0x81, 0x81]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point beyond all', [0xf4, 0x90, 0x80, 0x80]],
    ['a byte that no text has', [0xff]],
    ['a sequence that breaks off', [0xe4, 0xbd]],
  ])('by %s is refused', async (_title, bytes) => {
    refused(await post('/api/user/login', login(Buffer.from(bytes))), isNoUtf8)
  })

  it('by a sequence that breaks off at its end is refused', async () => {
    const body = Buffer.concat([Buffer.from(JSON.stringify({ username: ada.username, password })), Buffer.from([0xe4])])
    refused(await post('/api/user/login', body), isNoUtf8)
  })

  it('by being UTF-16 is refused', async () => {
    const text = JSON.stringify({ username: ada.username, password })
    const littleEndian = Buffer.from(`\ufeff${text}`, 'utf16le')
    refused(await post('/api/user/login', littleEndian), isNoUtf8)
    refused(await post('/api/user/login', Buffer.from(littleEndian).swap16()), isNoUtf8)
    refused(await post('/api/user/login', Buffer.from(text, 'utf16le')), invalid)
  })

  it.each(['gzip', 'deflate', 'br'])('by being compressed (%s) is refused', async (encoding) => {
    const body = gzipSync(JSON.stringify({ username: ada.username, password }))
    refused(await post('/api/user/login', body, { 'content-encoding': encoding }), isNoUtf8)
  })
})

describe('a body in UTF-8', () => {
  it.each([
    ['announced', {}],
    ['unannounced', { 'transfer-encoding': 'chunked' }],
    ['of no type', { 'content-type': '' }],
    ['of a binary type', { 'content-type': 'application/octet-stream' }],
    ['of a form’s type', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['of a multipart type', { 'content-type': 'multipart/form-data' }],
  ])('keeps its emoji: %s', async (_title, headers) => {
    const nickname = `Ada 👩🏽‍🚀 你好`
    const changed = ok(await post('/api/user/profile', Buffer.from(JSON.stringify({ nickname })), headers), Profile)
    expect(changed.nickname).toBe(nickname)
  })

  it('that begins with a byte order mark, or is nothing, is refused as what it is: no JSON', async () => {
    const body = Buffer.from(`\ufeff${JSON.stringify({ username: ada.username, password })}`)
    refused(await post('/api/user/login', body), invalid)
    refused(await post('/api/user/login', Buffer.alloc(0)), invalid)
    refused(await post('/api/user/login', Buffer.alloc(0), { 'content-encoding': 'gzip' }), invalid)
  })

  it('is no matter to a route that reads none', async () => {
    for (const body of [gbk, Buffer.from('{}'), gzipSync('{}')]) {
      const type = { 'content-type': 'application/json', 'content-length': String(body.length) }
      const headers = { authorization: `Bearer ${ada.token}`, ...type }
      expect((await ask('GET', '/api/user/info', { headers, body })).status).toBe(200)
      refused(await ask('DELETE', '/api/user/info', { headers, body }), { status: 405, code: 405 })
      refused(await ask('DELETE', '/api/nothing', { headers, body }), { status: 404, code: 404 })
    }
    ok(await call('POST', '/api/user/login', { body: { username: ada.username, password } }), Session)
  })
})
