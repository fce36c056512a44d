/** The page as it is built: small at first, of its own files alone, and found at its paths wherever it is served. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { runInNewContext } from 'node:vm'
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { isBuilt } from '../../web/app/build.ts'

const root = resolve(import.meta.dirname, '../..')
const built = join(root, '.build/app')
const source = join(root, 'web/app/src')
const text = (path: string): string => readFileSync(path, 'utf8')

/** Of all that the browser reads before it shows the first view, gzipped. */
const mostAtFirst = 120 * 1024

/**
 * Addresses that packages name in messages and in comments, or as the name of a vocabulary, and names that nobody can have. The
 * page asks none of them; frimousse would ask jsdelivr, were it not told where else the names of emoji are.
 */
const named =
  /^https?:\/\/(www\.w3\.org|react\.dev|(www\.)?radix-ui\.com|(www\.)?i18next\.com|(www\.)?locize\.com|github\.com|fb\.me|lucide\.dev|cdn\.jsdelivr\.net|[\w.-]+\.invalid)$/

let files: string[] = []
const ofType = (ending: string): string[] => files.filter((file) => file.endsWith(ending))
const gzipped = (file: string): number => gzipSync(readFileSync(join(built, file))).length

/** What a script imports before it runs. */
const importsOf = (file: string): string[] =>
  [...text(join(built, file)).matchAll(/(?:\bfrom|\bimport)\s*["'](\.\.?\/[^"']+\.js)["']/g)].map(([, path = '']) =>
    join(file, '..', path),
  )

function withImports(entries: readonly string[]): Set<string> {
  const all = new Set(entries)
  for (const file of all) for (const imported of importsOf(file)) all.add(imported)
  return all
}

beforeAll(async () => {
  if (!(await isBuilt())) await promisify(execFile)(process.execPath, ['web/app/build.ts'], { cwd: root })
  files = readdirSync(built, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(built.length + 1))
}, 120_000)

describe('what is built', () => {
  it('is small at first, and loads the rest when it is needed', () => {
    const scripts = [...text(join(built, 'index.html')).matchAll(/<script[^>]* src="\/([^"]+)"/g)].map(
      ([, path = '']) => path,
    )
    expect(scripts.length).toBeGreaterThan(0)
    const first = withImports(scripts)
    const sizes = ofType('.js').map((file) => ({
      file,
      bytes: gzipped(file),
      when: first.has(file) ? 'first' : 'later',
    }))
    const atFirst = sizes.filter(({ when }) => when === 'first').reduce((sum, { bytes }) => sum + bytes, 0)
    for (const { file, bytes, when } of sizes)
      console.log(`${when} ${(bytes / 1024).toFixed(1).padStart(6)} KB  ${file}`)
    console.log(`first ${(atFirst / 1024).toFixed(1).padStart(6)} KB  in all, gzipped`)
    expect(atFirst).toBeGreaterThan(0)
    expect(atFirst).toBeLessThanOrEqual(mostAtFirst)
    expect(sizes.some(({ when }) => when === 'later')).toBe(true)
  })

  it('has no script within the page, and none that makes one of text', () => {
    expect(text(join(built, 'index.html'))).not.toMatch(
      /<script(?![^>]*\ssrc=)|\son\w+\s*=|javascript:|<style|\sstyle=|<base/i,
    )
    for (const file of ofType('.js')) {
      expect([file, text(join(built, file)).match(/\beval\s*\(|\bnew Function\b|[^.\w]Function\s*\(/)?.[0]]).toEqual([
        file,
        undefined,
      ])
    }
  })

  it('names no server but its own', () => {
    const found = [...ofType('.js'), ...ofType('.css'), ...ofType('.html')].flatMap((file) =>
      [...text(join(built, file)).matchAll(/\bhttps?:\/\/[\w.-]+\.\w+/g)].map(([address]) => address),
    )
    expect([...new Set(found)].filter((address) => !named.test(address))).toEqual([])
    for (const file of ofType('.css')) expect(text(join(built, file))).not.toMatch(/url\(\s*["']?(https?:)?\/\//)
  })

  it('is in files with a hash for a name, but for those that are asked for by another', () => {
    const others = files.filter((file) => !/^assets\/[\w.-]+-[\w-]{8}\.\w+$/.test(file))
    const ofOthers =
      /^(assets\/emoji-[\d.]+\/(en|zh)\/(data|messages)\.json|[\w-]+\.(html|svg|js|png|ico|webmanifest|txt))$/
    expect(others.filter((file) => !ofOthers.test(file))).toEqual([])
  })

  it('takes no path that the API or its page answers', () => {
    expect(readdirSync(built).filter((name) => ['api', 'swagger'].includes(name))).toEqual([])
  })

  it('brings the licence of each package in it', () => {
    const licences = text(join(built, 'licenses.txt'))
    for (const name of ['react', 'react-dom', 'zustand', 'wouter'])
      expect([name, licences.includes(`## ${name} - `)]).toEqual([name, true])
    expect(text(join(built, 'emoji-license.txt'))).toContain('Permission is hereby granted')
  })

  it('has the names of emoji in its languages alone, and the picker asks for these', () => {
    const [folder = ''] = files.flatMap((file) => file.match(/^assets\/emoji-[\d.]+(?=\/)/) ?? [])
    expect(readdirSync(join(built, folder)).sort()).toEqual(['en', 'zh'])
    for (const language of ['en', 'zh']) {
      const emoji: unknown[] = JSON.parse(text(join(built, folder, language, 'data.json')))
      expect(emoji.length).toBeGreaterThan(1_000)
      expect(JSON.parse(text(join(built, folder, language, 'messages.json')))).toHaveProperty('groups')
    }
    const pickers = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.tsx'))
      .filter((file) => /^\} from 'frimousse'|^import \{[^}]*\} from 'frimousse'/m.test(text(join(source, file))))
    expect(pickers.filter((file) => !text(join(source, file)).includes('emojibaseUrl={EMOJI_DATA}'))).toEqual([])
  })

  it('lies there compressed, too', () => {
    const opened = { br: brotliDecompressSync, gzip: gunzipSync }
    for (const [encoding, open] of Object.entries(opened)) {
      for (const file of ofType('.js').filter((name) => gzipped(name) > 2_000)) {
        const content = open(readFileSync(join(`${built}.${encoding}`, file)))
        expect([file, content.equals(readFileSync(join(built, file)))]).toEqual([file, true])
      }
    }
  })
})

describe('the paths of its views', () => {
  const routes = [...text(join(source, 'app.tsx')).matchAll(/\bpath=(?:"\/|\{\/\^\\\/)([\w-]*)/g)].map(
    ([, first = '']) => first,
  )
  const wanted = [...new Set(routes)].filter((first) => first !== '').sort()

  it('are those that the edge of a machine knows', () => {
    const { custom } = parse(text(join(root, 'serverless.yml')), { logLevel: 'silent' })
    expect([...custom.edge.page.views].sort()).toEqual(wanted)
    expect(routes).toContain('')
  })

  it('are those that CloudFront’s function knows', () => {
    const code = text(join(root, 'infra/edge/viewer-request.js'))
    const handler: (event: unknown) => { uri: string } = runInNewContext(`${code}; handler`, {})
    const uri = (path: string) => handler({ viewer: { ip: '' }, request: { uri: path, headers: {} } }).uri
    for (const view of wanted) for (const end of ['', '/', '/1']) expect(uri(`/${view}${end}`)).toBe('/index.html')
    const [, known = ''] = code.match(/\/\^\\\/\((sign-in[\w|-]*)\)/) ?? []
    expect(known.split('|').sort()).toEqual(wanted)
  })
})
