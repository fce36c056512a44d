/** What npm may bring and run: install scripts, where packages come from, and their licences. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const root = resolve(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const Manifest = z.object({
  allowScripts: z.record(z.string(), z.boolean()),
  scarfSettings: z.object({ enabled: z.boolean() }),
  scripts: z.record(z.string(), z.string()),
  workspaces: z.array(z.string()),
})
const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      dev: z.boolean().default(false),
      license: z.string().default('none'),
      integrity: z.string().optional(),
      resolved: z.string().optional(),
      link: z.boolean().default(false),
      hasInstallScript: z.boolean().default(false),
    }),
  ),
})

const manifest = Manifest.parse(JSON.parse(read('package.json')))
const packages = Object.entries(Lock.parse(JSON.parse(read('package-lock.json'))).packages)
  // Ours come from nowhere.
  .filter(([path, { link, resolved = '' }]) => path !== '' && !manifest.workspaces.includes(link ? resolved : path))
  .map(([path, one]) => ({
    ...one,
    path,
    name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
  }))
const settings = read('.npmrc')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith(';'))

/** Of what is deployed. */
const shipped = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0', 'Unlicense']
/** Of tools, which nobody gets from us. A choice of two counts by the better one. */
const ofTools = [
  ...shipped,
  ...['Apache-2.0 AND MIT', 'MIT AND Zlib', 'MIT OR Apache-2.0', 'MIT OR CC0-1.0', 'MIT OR GPL-3.0-or-later'],
  ...['BlueOak-1.0.0', 'MPL-2.0', 'OFL-1.1', 'PSF-2.0', 'Python-2.0'],
]

// Their file of the licence says it, their package.json does not.
const saidElsewhere: Record<string, string> = { 'node_modules/exif-parser': 'MIT' }

describe('the installation', () => {
  it('runs no script of any package, under any npm', () => {
    expect(settings).toEqual(['ignore-scripts=true'])
    expect(Object.values(manifest.allowScripts).filter(Boolean)).toEqual([])
  })

  it('has a verdict on each package that would like to run one, and on no other', () => {
    const wishing = packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name)
    expect(Object.keys(manifest.allowScripts)).toEqual([...new Set(wishing)].sort())
  })

  it('reports to nobody', () => {
    expect(manifest.scarfSettings.enabled).toBe(false)
  })

  it('checks the bytes of each package, none of which comes from elsewhere than the registry', () => {
    expect(packages.filter(({ integrity }) => !integrity?.startsWith('sha512-')).map(({ path }) => path)).toEqual([])
    const elsewhere = packages.filter(({ resolved = '' }) => !/^(https:\/\/registry\.npmjs\.org\/.*)?$/.test(resolved))
    expect(elsewhere.map(({ path }) => path)).toEqual([])
  })

  it('needs none of our own scripts, which it would not run', () => {
    const hooks = /^(pre|post)?(install|prepare|pack|publish)$|^prepublishOnly$|^dependencies$/
    const names = Object.keys(manifest.scripts)
    const around = names.filter((name) => names.some((other) => [`pre${other}`, `post${other}`].includes(name)))
    expect([...names.filter((name) => hooks.test(name)), ...around]).toEqual([])
  })
})

describe('the licences', () => {
  it.each([
    ['what is deployed', false, shipped],
    ['tools', true, ofTools],
  ])('of %s are known ones', (_what, dev, known) => {
    const licenceOf = ({ path, license }: (typeof packages)[number]) =>
      saidElsewhere[path] ?? license.replace(/^\((.*)\)$/, '$1')
    const others = packages.filter((one) => one.dev === dev && !known.includes(licenceOf(one)))
    expect(others.map(({ path, license }) => `${path}: ${license}`)).toEqual([])
  })
})
