import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Edge } from '../../infra/local/edge/server.ts'
import { edge } from './edge-testbed.ts'
import { ask } from './edge-viewer.ts'

async function edgeWithSwagger(): Promise<Edge> {
  const root = await mkdtemp(join(tmpdir(), 'edge-'))
  onTestFinished(() => rm(root, { recursive: true }))
  const folder = join(root, 'swagger')
  await mkdir(join(folder, 'inner'), { recursive: true })
  await writeFile(join(root, 'secret.txt'), 'secret')
  for (const name of ['index.html', 'ui.css', 'a b.json', 'unknown.bin', 'inner/page.js']) {
    await writeFile(join(folder, name), name)
  }
  return await edge({ staticFolders: [{ prefix: '/swagger', folder }] })
}

describe('static folders', () => {
  test('redirect from the folder to its index', async () => {
    const { port } = await edgeWithSwagger()
    for (const path of ['/swagger', '/swagger/', '/swagger?x=1']) {
      const { status, headers } = await ask(port, path)
      expect([status, headers.location]).toEqual([302, '/swagger/index.html'])
    }
  })

  test('serve each file with its type, to be asked for again each time', async () => {
    const { port } = await edgeWithSwagger()
    const types: Record<string, string> = {
      'index.html': 'text/html; charset=utf-8',
      'ui.css': 'text/css; charset=utf-8',
      'a%20b.json?v=2': 'application/json; charset=utf-8',
      'unknown.bin': 'application/octet-stream',
      'inner/page.js': 'text/javascript; charset=utf-8',
    }
    for (const [name, type] of Object.entries(types)) {
      const { status, headers, body } = await ask(port, `/swagger/${name}`)
      expect([status, headers['content-type'], body]).toEqual([200, type, decodeURIComponent(name.replace('?v=2', ''))])
      expect(headers['cache-control']).toBe('no-cache')
    }
  })

  test('answer HEAD without a body, another method with 405, and what is not there with 404', async () => {
    const { port } = await edgeWithSwagger()
    const head = await ask(port, '/swagger/index.html', { method: 'HEAD' })
    expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '10', ''])
    expect((await ask(port, '/swagger/index.html', { method: 'POST' })).status).toBe(405)
    expect((await ask(port, '/swagger/nope.js')).status).toBe(404)
    expect((await ask(port, '/swagger/inner')).status).toBe(404)
  })

  test('let nobody read outside themselves', async () => {
    const { port } = await edgeWithSwagger()
    const escapes = [
      '../secret.txt',
      '..%2fsecret.txt',
      '%2e%2e/secret.txt',
      '..%5csecret.txt',
      'inner/../../secret.txt',
    ]
    for (const name of [...escapes, '/etc/passwd', '%00', '%zz', 'index.html%00.css']) {
      expect([name, (await ask(port, `/swagger/${name}`)).status]).toEqual([name, 404])
    }
  })
})
