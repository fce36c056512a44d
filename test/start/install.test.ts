/** On a machine where something is missing, each script says in one sentence what to do. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { npm, root } from './project.ts'

interface Package {
  dev?: boolean
  optional?: boolean
  version: string
}

const { packages }: { packages: Record<string, Package> } = JSON.parse(
  readFileSync(join(root, 'package-lock.json'), 'utf8'),
)
const scripts = ['start', 'test', 'run demo', 'run bench', 'run prove', 'run lint', 'run format', 'run dead-letters']

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gochat-install-'))
  for (const each of ['package.json', 'package-lock.json', 'infra', 'web']) {
    cpSync(join(root, each), join(folder, each), { recursive: true })
  }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Installs the chosen packages as links. Those of this tree have been copied with it. */
function install(isChosen: (path: string, one: Package) => boolean): void {
  for (const [path, one] of Object.entries(packages)) {
    const isTop = path.lastIndexOf('node_modules/') === 0
    if (!isTop || !isChosen(path, one)) continue
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    symlinkSync(join(root, path), join(folder, path))
  }
}

/** Puts shell scripts before the machine's programs in the PATH. */
function withPrograms(programs: Record<string, string>): NodeJS.ProcessEnv {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  return { PATH: `${bin}${delimiter}${process.env.PATH}` }
}

/** A script that runs this Node, which then reports another version. */
function nodeOf(version: string): string {
  const disguise = join(folder, 'disguise.cjs')
  writeFileSync(disguise, `Object.defineProperty(process.versions, 'node', { value: '${version}' })`)
  return `exec '${process.execPath}' --require '${disguise}' "$@"`
}

/** The lines printed by a script that fails, without npm's own. */
async function saidBy(script: string, environment: NodeJS.ProcessEnv = {}): Promise<string[]> {
  const run = npm(folder, script.split(' '), environment)
  expect(await run.ended).not.toBe(0)
  return run
    .output()
    .split('\n')
    .filter((line) => line !== '' && !/^(?:> |npm (?:notice|warn))/.test(line))
}

describe('without an installation', () => {
  it.each(scripts)('npm %s says to run npm ci', async (script) => {
    expect(await saidBy(script)).toEqual(['Nothing is installed yet: run npm ci --include=dev --include=optional.'])
  })
})

describe('with a damaged lock file', () => {
  it.each(['', '<<<<<<< HEAD'])('%j, a script says so', async (content) => {
    rmSync(join(folder, 'package-lock.json'))
    if (content) writeFileSync(join(folder, 'package-lock.json'), content)
    expect(await saidBy('start')).toEqual(['package-lock.json is missing or damaged: get it back from the repository.'])
  })
})

describe('with half an installation', () => {
  it.each<[string, (path: string, one: Package) => boolean]>([
    ['of production', (_path, { dev }) => !dev],
    ['without optional packages', (_path, { optional }) => !optional],
    ['that was broken off', (path) => path > 'node_modules/k'],
  ])('%s, a script says that it is not complete, and what to do', async (_what, isChosen) => {
    install(isChosen)
    expect(await saidBy('start')).toEqual([
      expect.stringMatching(/^The installation is not complete .*: run npm ci --include=dev --include=optional\.$/),
    ])
  })

  it('of another version, a script names the package', async () => {
    install((path) => path !== 'node_modules/zod')
    mkdirSync(join(folder, 'node_modules/zod'))
    writeFileSync(join(folder, 'node_modules/zod/package.json'), '{ "version": "3.0.0" }')
    expect(await saidBy('start')).toEqual([expect.stringContaining('such as node_modules/zod')])
  })
})

describe('on a machine with an old Node', () => {
  it('a script asks for a newer one', async () => {
    install((path) => !/node_modules\/node-(linux|darwin)/.test(path))
    const said = await saidBy('start', withPrograms({ node: nodeOf('18.20.8') }))
    expect(said).toEqual([expect.stringMatching(/^This needs Node 24.2 or newer, and here is 18.20.8: install it/)])
  })

  it('a script runs by the Node of the project, if that is there', async () => {
    install(() => true)
    mkdirSync(join(folder, 'lib'))
    const own = `node-${process.platform}-${process.arch}`
    const said = await saidBy('run demo', withPrograms({ node: nodeOf('18.20.8') }))
    const isThere = Object.keys(packages).includes(`node_modules/${own}`)
    expect(said.join()).toMatch(isThere ? /Nothing answers at/ : /This needs Node/)
  })
})

describe('on a machine without a way to the servers', () => {
  const none = 'exit 127'

  it.each<[string, Record<string, string>]>([
    ['Java is not installed', { java: none }],
    ['Java is too old (8)', { java: `echo 'openjdk version "1.8.0_392"' >&2` }],
    ['Maven (mvn) is not installed', { mvn: none }],
  ])('npm start says that %s, and names all three ways', async (what, programs) => {
    install(() => true)
    cpSync(join(root, 'lib'), join(folder, 'lib'), { recursive: true })
    const said = await saidBy('start', { ...withPrograms({ docker: none, ...programs }), PORT: '18999' })
    expect(said).toHaveLength(5)
    expect(said[0]).toMatch(/^MySQL, Redis, Kafka and S3 need to run somewhere, and this machine offers none/)
    expect(said[3]).toContain(`Now: ${what}.`)
  })
})
