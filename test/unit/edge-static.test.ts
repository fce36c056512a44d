import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { edge } from './edge-stage.ts'
import { ask } from './edge-viewer.ts'

async function swagger(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'edge-'))
  onTestFinished(() => rm(root, { recursive: true }))
  await mkdir(join(root, 'ours'))
  await mkdir(join(root, 'theirs', 'inner'), { recursive: true })
  await writeFile(join(root, 'secret.txt'), 'secret')
  await writeFile(join(root, 'ours', 'initializer.js'), 'ours')
  await writeFile(join(root, 'theirs', 'initializer.js'), 'theirs')
  for (const name of ['index.html', 'ui.css', 'a b.json', 'unknown.bin', 'inner/page.yaml']) {
    await writeFile(join(root, 'theirs', name), name)
  }
  return root
}

const foldersOf = (root: string) => [{ prefix: '/swagger', folders: [join(root, 'ours'), join(root, 'theirs')] }]

describe('static folders', () => {
  test('redirect from the folder to its index', async () => {
    const { port } = await edge({ staticFolders: foldersOf(await swagger()) })
    for (const path of ['/swagger', '/swagger/', '/swagger?x=1']) {
      const { status, headers } = await ask(port, path)
      expect([status, headers.location]).toEqual([302, '/swagger/index.html'])
    }
  })

  test('serve each file with its type, from the first folder that has it', async () => {
    const { port } = await edge({ staticFolders: foldersOf(await swagger()) })
    const types: Record<string, string> = {
      'index.html': 'text/html; charset=utf-8',
      'ui.css': 'text/css; charset=utf-8',
      'a%20b.json?v=2': 'application/json; charset=utf-8',
      'unknown.bin': 'application/octet-stream',
      'inner/page.yaml': 'application/yaml; charset=utf-8',
    }
    for (const [name, type] of Object.entries(types)) {
      const { status, headers, body } = await ask(port, `/swagger/${name}`)
      expect([status, headers['content-type'], body]).toEqual([200, type, decodeURIComponent(name.replace('?v=2', ''))])
    }
    expect((await ask(port, '/swagger/initializer.js')).body).toBe('ours')
  })

  test('answer HEAD without a body, another method with 405, and what is not there with 404', async () => {
    const { port } = await edge({ staticFolders: foldersOf(await swagger()) })
    const head = await ask(port, '/swagger/index.html', { method: 'HEAD' })
    expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '10', ''])
    expect((await ask(port, '/swagger/index.html', { method: 'POST' })).status).toBe(405)
    expect((await ask(port, '/swagger/nope.js')).status).toBe(404)
    expect((await ask(port, '/swagger/inner')).status).toBe(404)
  })

  test('let nobody read outside themselves', async () => {
    const { port } = await edge({ staticFolders: foldersOf(await swagger()) })
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
