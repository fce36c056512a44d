/** The plugins and replacements of the bundler. */
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as iconv from '../../infra/bundle/iconv-lite.ts'
import LocalBundles from '../../infra/bundle/local.ts'
import plugins from '../../infra/bundle/plugins.ts'
import * as semver from '../../infra/bundle/semver.ts'
import { redisCommands } from '../../lib/client/redis-commands.ts'
import { Refusal } from '../../lib/core/refusal.ts'
import { drawn } from '../support/picture.ts'

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gochat-bundle-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function bundled(name: string, files: Record<string, string>): Promise<{ outputs: string[]; path: string }> {
  const outdir = join(folder, `${name}-built`)
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text)
  const entryPoints = [join(folder, `${name}.js`)]
  await build({ entryPoints, outdir, bundle: true, format: 'esm', platform: 'node', plugins })
  return { outputs: await readdir(outdir), path: join(outdir, `${name}.js`) }
}

/** The commands that ioredis calls on its own connections. */
function sentBy(entry: string): string[] {
  const { list } = createRequire(entry)('@ioredis/commands') as { list: string[] }
  const folder = dirname(entry)
  const called = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .flatMap((file) => [
      ...readFileSync(join(folder, file), 'utf8').matchAll(/\b(?:self|this|redis|node|\w+Connection)\.(\w+)\(/g),
    ])
    .map(([, name = '']) => name)
  // Methods of ioredis that are named like commands, and commands that occur in examples only.
  const others = ['exec', 'reset', 'get', 'set', 'monitor']
  const sent = list.filter((name) => called.includes(name) && !others.includes(name))
  expect(sent).toEqual(expect.arrayContaining(['hello', 'auth', 'cluster', 'asking']))
  return sent
}

describe('a bundle', () => {
  it('has chunks that start with its own name and a dot', async () => {
    const { outputs, path } = await bundled('block', {
      'block.js': "export const late = async () => (await import('./late.js')).answer",
      'late.js': 'export const answer = 42',
    })
    expect(outputs.filter((file) => file !== 'block.js')).toEqual([expect.stringMatching(/^block\.late-.+\.js$/)])
    const { late } = await import(pathToFileURL(path).href)
    expect(await late()).toBe(42)
  })

  it('gets built-in modules from Node, imported or required, with or without node:', async () => {
    const { path } = await bundled('nodes', {
      'nodes.js': `import { STATUS_CODES } from 'node:http'
        import path, { sep } from 'path'
        import common from './common.cjs'
        export const found = [STATUS_CODES[404], path.sep === sep, common]`,
      'common.cjs':
        "module.exports = require('os').EOL === require('node:os').EOL && require('fs/promises').readFile.name",
    })
    const { found } = await import(pathToFileURL(path).href)
    expect(found).toEqual(['Not Found', true, 'readFile'])
  })

  it('holds of kafkajs what its errors say of it, and nothing else', async () => {
    const errors = createRequire(import.meta.url).resolve('kafkajs/src/errors.js')
    const { path } = await bundled('kafka', {
      'kafka.js': `import errors from ${JSON.stringify(errors)}
        export const said = new errors.KafkaJSInvariantViolation('an error').helpUrl`,
    })
    const { said } = await import(pathToFileURL(path).href)
    expect(said).toMatch(/^https:.*kafkajs.*issues/)
    expect(readFileSync(path, 'utf8')).not.toContain('"devDependencies"')
  })

  it('has the Redis commands that services and ioredis itself use, and knows where their keys are', async () => {
    const entry = createRequire(import.meta.url).resolve('ioredis')
    const { path } = await bundled('redis', {
      'redis.js': `import { Cluster, Command } from ${JSON.stringify(entry)}
        export const has = (name) => typeof Cluster.prototype[name] === 'function'
        export const keysOf = (name, ...args) => new Command(name, args).getKeys()`,
    })
    const { has, keysOf } = await import(pathToFileURL(path).href)
    expect([...redisCommands, ...sentBy(entry)].filter((name) => !has(name))).toEqual([])
    expect(has('zrange')).toBe(false)
    expect(keysOf('evalsha', 'hash', 2, 'a', 'b', 'c').map(String)).toEqual(['a', 'b'])
    expect(keysOf('zmscore', 'a', 'b').map(String)).toEqual(['a'])
  })

  it('is refused for several functions at once, whose chunks would have the same names', async () => {
    const together = build({ entryPoints: ['a.js', 'b.js'], outdir: folder, plugins, logLevel: 'silent' })
    await expect(together).rejects.toThrow('a build takes one function')
  })
})

describe('the bundles of this machine', () => {
  it('are whole, so that no two functions of one process share a module, and are not made again', async () => {
    const root = resolve(import.meta.dirname, '../..')
    const built = join(folder, 'local')
    const functions = {
      one: { handler: 'functions/chat/sync.handler' },
      other: { handler: 'functions/user/register.handler' },
      another: { handler: 'functions/media/download.handler' },
    }
    const custom = { esbuild: { outputWorkFolder: relative(root, built), sourcemap: '' as const } }
    await new LocalBundles({ serviceDir: root, service: { custom, functions } }).hooks['before:offline:start:init']?.()
    const files = await readdir(built, { recursive: true })
    expect(files.filter((file) => file.includes('.mjs')).sort()).toEqual([
      '.build/functions/chat/sync.mjs',
      '.build/functions/media/download.mjs',
      '.build/functions/user/register.mjs',
      '.build/lib/client/hash-thread.mjs',
      '.build/lib/service/media/picture-thread.mjs',
    ])
    for (const each of Object.values(functions)) expect(each).toHaveProperty('skipEsbuild', true)
    const { hashInThread } = await import(pathToFileURL(join(built, '.build/lib/client/hash-thread.mjs')).href)
    expect(await hashInThread({ password: 'a', rounds: 4 })).toMatch(/^\$2[aby]\$04\$/)
    const { clean } = await import(pathToFileURL(join(built, '.build/lib/service/media/picture-thread.mjs')).href)
    const picture = await drawn('image/png')
    expect(Buffer.from((await clean(picture, 'image/png')).whole.body)).toEqual(picture)
    // Whoever waits has a bundle of its own, and with it a class of its own.
    const refusal = await clean(picture.subarray(0, 30), 'image/png').catch((error: unknown) => error)
    expect([refusal instanceof Refusal, refusal.constructor === Refusal]).toEqual([true, false])
    const download = await readFile(join(built, '.build/functions/media/download.mjs'), 'utf8')
    expect(download).toContain('.build/lib/service/media/picture-thread.mjs')
  })
})

describe('the replacement of iconv-lite', () => {
  const decode = (bytes: Buffer): string => {
    const decoder = iconv.getDecoder('cesu8')
    return decoder.write(bytes) + decoder.end()
  }

  it('decodes UTF-8, whatever the default character set of the server', () => {
    expect(decode(Buffer.from('11.4.5-MariaDB'))).toBe('11.4.5-MariaDB')
    expect(decode(Buffer.from("Duplicate entry '小明'"))).toBe("Duplicate entry '小明'")
  })

  it('decodes a text that ends inside a character, and the next one correctly', () => {
    const decoder = iconv.getDecoder('gbk')
    expect(decoder.write(Buffer.from('a明').subarray(0, 3)) + decoder.end()).toBe('a\ufffd')
    expect(decoder.write(Buffer.from('明')) + decoder.end()).toBe('明')
  })

  it('throws instead of encoding wrongly', () => {
    expect(() => iconv.getEncoder('gbk')).toThrow('cannot encode in gbk')
  })
})

describe('the replacement of semver', () => {
  const entry = createRequire(import.meta.url).resolve('jsonwebtoken')
  const real: { satisfies(version: string, range: string): boolean } = createRequire(entry)('semver')
  const library = join(dirname(entry), 'lib')
  const asked = readdirSync(library).flatMap((file) =>
    [...readFileSync(join(library, file), 'utf8').matchAll(/satisfies\(process\.version, '([^']+)'\)/g)].map(
      ([, range = '']) => range,
    ),
  )

  it('answers each question of jsonwebtoken as semver does on Node 24', () => {
    expect(asked).toHaveLength(3)
    for (const range of asked) expect(semver.satisfies('v24.0.0', range)).toBe(real.satisfies('v24.0.0', range))
  })

  it('throws on any other question', () => {
    expect(() => semver.satisfies('v24.0.0', '>=26')).toThrow('>=26')
  })
})
