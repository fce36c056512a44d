/** What is published: small, without dependencies, with types that an application's compiler takes. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildInto } from '../../build.ts'
import * as calls from '../../src/calls.ts'
import * as changes from '../../src/changes.ts'
import * as files from '../../src/files.ts'
import * as source from '../../src/index.ts'

const room = join(import.meta.dirname, '../..')
const run = promisify(execFile)
const manifest = JSON.parse(await readFile(join(room, 'package.json'), 'utf8'))
let folder: string
let installed: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gochat-client-'))
  installed = join(folder, 'node_modules/gochat-client')
  await buildInto(join(installed, 'dist'))
  await writeFile(join(installed, 'package.json'), JSON.stringify(manifest))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the package', () => {
  it.each([
    ['at most 8 KB, compressed', 'index.js', 8 * 1024],
    ['at most 2 KB more for those who call', 'calls.js', 2_000],
    ['at most 1 KB more as soon as there is a file', 'files.js', 1_000],
  ])('has %s', async (_title, file, bytes) => {
    expect(gzipSync(await readFile(join(installed, 'dist', file)), { level: 9 }).length).toBeLessThanOrEqual(bytes)
  })

  it.each([
    ['index.js', source],
    ['calls.js', calls],
    ['changes.js', changes],
    ['files.js', files],
  ])('brings no other package, imports nothing else, and exports what its sources do: %s', async (file, sources) => {
    expect(manifest).not.toHaveProperty('dependencies')
    const code = await readFile(join(installed, 'dist', file), 'utf8')
    // Each has the other beside it.
    const alone = code
      .replace(/^import\{ChatError as \w+\}from"\.\/index\.js";/, '')
      .replaceAll('import("./files.js")', '')
    expect(alone).not.toMatch(/\bimport\b|\brequire\b|\bprocess\b/)
    const built = await import(pathToFileURL(join(installed, 'dist', file)).href)
    expect(Object.keys(built).sort()).toEqual(Object.keys(sources).sort())
  })

  it.each([
    ['in a browser', ['es2022', 'dom'], []],
    ['in Node', ['es2022'], ['node']],
  ])('is imported by its name, with types, %s', async (_where, lib, types) => {
    const place = await mkdtemp(join(folder, 'application-'))
    await mkdir(join(place, 'src'))
    const code = `import { Chat, ChatError, type Message, type Session } from 'gochat-client'
export const say = (session: Session): Promise<Message> => new Chat({ session }).send({ target_id: 1 }, 'hello')
// @ts-expect-error A target is no number.
export const wrong = (chat: Chat) => chat.send(1, 'hello')
export const reasonOf = (error: unknown): string => (error instanceof ChatError ? error.reason : 'none')
`
    await writeFile(join(place, 'src/index.ts'), code)
    const typeRoots = [join(room, '../../node_modules/@types')]
    const compilerOptions = { strict: true, noEmit: true, module: 'nodenext', target: 'es2022', lib, types, typeRoots }
    await writeFile(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }))
    await writeFile(join(place, 'package.json'), '{ "type": "module" }')
    await run(join(room, '../../node_modules/.bin/tsc'), ['-p', place]).catch(({ stdout }) => expect(stdout).toBe(''))
  })
})
