/** What the deploy command decides by itself, without AWS. */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { openCloud } from '../../infra/deploy/cloud.ts'
import { readOptions } from '../../infra/deploy/command.ts'
import { createSigningKey, publicPart } from '../../infra/deploy/keys.ts'
import { byName, forMinute, upload } from '../../infra/deploy/web.ts'

const { signal } = new AbortController()
const options = (...args: string[]) => readOptions(['--region', 'us-east-1', ...args], signal)

describe('the options', () => {
  it('name a stage that can be deployed', () => {
    for (const args of [[], ['--stage', 'local']]) expect(() => options(...args)).toThrow('Name the stage')
    for (const stage of ['Dev', 'dev_1', '1dev', 'x'.repeat(17)])
      expect(() => options('--stage', stage)).toThrow('small letters, digits and hyphens')
  })

  it('make all stages small but production', () => {
    expect(options('--stage', 'prod').size).toBe('prod')
    for (const stage of ['dev', 'production', 'prod-2']) expect(options('--stage', stage).size).toBe('dev')
  })

  it('leave alone what is not named, and refuse what is not known', () => {
    expect(options('--stage', 'dev')).toMatchObject({
      nat: undefined,
      brokers: undefined,
      isSure: false,
      isLeaked: false,
      isOrigin: false,
    })
    expect(() => options('--stage', 'dev', '--nat', 'yes')).toThrow('--nat is true or false')
    expect(() => options('--stage', 'dev', '--force')).toThrow('--force')
  })
})

describe('the key that signs tokens', () => {
  it('has a public part that checks what it signs, under the same name, and cannot sign', () => {
    const key = createSigningKey()
    const open = publicPart(key)
    const text = Buffer.from('header.payload')
    const signature = sign('sha256', text, createPrivateKey({ key, format: 'jwk' }))
    expect(verify('sha256', text, createPublicKey({ key: open, format: 'jwk' }), signature)).toBe(true)
    expect(open).toMatchObject({ kid: key.kid, alg: 'ES256', kty: 'EC', crv: 'P-256' })
    expect(open).not.toHaveProperty('d')
  })

  it('is another each time, and named after what it is', () => {
    const [a, b] = [createSigningKey(), createSigningKey()]
    expect(a.kid).toMatch(/^[\w-]{43}$/)
    expect(a.kid).not.toBe(b.kid)
  })
})

/** A bucket that keeps what is said of each object, in its order. */
async function bucket() {
  const put: { key: string; cache: string; type: string }[] = []
  const server = createServer((request, response) => {
    const { 'cache-control': cache = '', 'content-type': type = '' } = request.headers
    const key = new URL(request.url ?? '', 'http://here').pathname.replace('/bucket/', '')
    put.push({ key: `${request.method} ${key}`, cache, type })
    request.resume().once('end', () => response.end())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  onTestFinished(() => void vi.unstubAllEnvs())
  vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'test')
  return put
}

describe('the page in the bucket', () => {
  async function folderWith(names: readonly string[]): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'page-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await mkdir(join(folder, 'assets'))
    for (const name of names) await writeFile(join(folder, name), name)
    return folder
  }

  it('has its files before the page that names them, and each is kept as long as its name says', async () => {
    const put = await bucket()
    const folder = await folderWith(['index.html', 'theme.js', 'assets/main-abc.js', 'assets/main-abc.css', 'zzz.svg'])
    expect(await upload(openCloud('us-east-1'), 'bucket', { folder, prefix: '', keeping: byName }, signal)).toBe(5)
    expect(put.at(-1)).toEqual({ key: 'PUT index.html', cache: 'no-cache', type: 'text/html; charset=utf-8' })
    const year = 'public, max-age=31536000, immutable'
    expect(Object.fromEntries(put.map(({ key, cache }) => [key, cache]))).toEqual({
      'PUT assets/main-abc.js': year,
      'PUT assets/main-abc.css': year,
      'PUT theme.js': 'no-cache',
      'PUT zzz.svg': 'no-cache',
      'PUT index.html': 'no-cache',
    })
  })

  it('may be one whose names say nothing', async () => {
    const put = await bucket()
    const folder = await folderWith(['index.html', 'assets/main.js'])
    await upload(openCloud('us-east-1'), 'bucket', { folder, prefix: 'own/', keeping: forMinute }, signal)
    expect(put.map(({ key, cache }) => [key, cache])).toEqual([
      ['PUT own/assets/main.js', 'public, max-age=60'],
      ['PUT own/index.html', 'public, max-age=60'],
    ])
  })
})
