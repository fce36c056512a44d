/**
 * Cold import: how long a fresh process takes to load each function's bundle, beyond an empty handler's.
 *
 *     npx node bench/import.ts
 */
import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { type BuildOptions, build, type Metafile } from 'esbuild'
import { bundlerOptions } from '../infra/bundle/options.ts'
import { percentiles, round } from './figures.ts'
import { tableOf } from './report.ts'
import type { Result } from './result.ts'

interface Bundle {
  name: string
  path: string
  kilobytes: number
  /** The largest packages in it, with their share of the bytes. */
  largest: string
}

const functions = resolve(import.meta.dirname, '../functions')
const rounds = 9
const targetMs = (name: string): number => (name.startsWith('socket/') ? 60 : 130)

// What Lambda's own start script gives Node for a function of 512 MB.
const memoryMb = 512
const lambdaFlags = [
  '--expose-gc',
  '--max-http-header-size=81920',
  `--max-semi-space-size=${Math.floor(memoryMb * 0.05)}`,
  `--max-old-space-size=${Math.floor(memoryMb * 0.9)}`,
]
const timed = `const begun = performance.now()
await import(process.argv[1])
process.stdout.write(String(performance.now() - begun), () => process.exit())`

/** Builds every function as serverless.yml says, and imports each in fresh processes, one at a time: the slowest first. */
export async function measureImports(): Promise<Result[]> {
  const folder = await mkdtemp(join(tmpdir(), 'gochat-import-'))
  try {
    const bundles = await buildAll(folder)
    const [empty, ...functions] = (await sampled(bundles)).map(([bundle, sample]) => ({
      ...bundle,
      sample,
      p50: percentiles(sample).p50,
    }))
    if (!empty) throw new Error('there is no empty bundle')
    return functions.sort((a, b) => b.p50 - a.p50).map((bundle) => resultOf(bundle, empty.p50))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

type Timed = Bundle & { sample: readonly number[]; p50: number }

function resultOf({ name, sample, p50, kilobytes, largest }: Timed, emptyMs: number): Result {
  return {
    workload: 'import',
    setting: { function: name },
    operations: sample.length,
    seconds: round(sample.reduce((sum, each) => sum + each, 0) / 1000),
    perSecond: round(1000 / p50),
    latencyMs: percentiles(sample),
    more: {
      'ms over empty': round(p50 - emptyMs),
      'target ms': targetMs(name),
      KB: kilobytes,
      'largest, KB': largest,
    },
  }
}

async function buildAll(folder: string): Promise<Bundle[]> {
  const options = await bundlerOptions()
  const empty = join(folder, 'empty.ts')
  await writeFile(empty, 'export const handler = async () => ({ statusCode: 200 })\n')
  const bundles = [await buildOne(empty, 'empty', folder, options)]
  for (const file of globSync('*/*.ts', { cwd: functions })) {
    bundles.push(await buildOne(join(functions, file), file.replace(/\.ts$/, ''), folder, options))
  }
  return bundles
}

async function buildOne(entry: string, name: string, folder: string, options: BuildOptions): Promise<Bundle> {
  const outdir = join(folder, name)
  const { metafile } = await build({ ...options, entryPoints: [entry], outdir, metafile: true })
  const path = join(outdir, `${basename(entry, '.ts')}.mjs`)
  return { name, path, kilobytes: Math.round((await stat(path)).size / 1024), largest: largestOf(metafile) }
}

function largestOf({ outputs }: Metafile): string {
  const bytes = new Map<string, number>()
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const owner = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? 'our own'
      bytes.set(owner, (bytes.get(owner) ?? 0) + bytesInOutput)
    }
  }
  const sorted = [...bytes].sort(([, a], [, b]) => b - a).slice(0, 3)
  return sorted.map(([owner, size]) => `${owner} ${Math.round(size / 1024)}`).join(', ')
}

// In turn, so that a slow phase of the machine slows all alike.
async function sampled(bundles: readonly Bundle[]): Promise<[Bundle, number[]][]> {
  const samples = bundles.map((bundle): [Bundle, number[]] => [bundle, []])
  for (let round = 0; round < rounds; round++) {
    for (const [bundle, sample] of samples) sample.push(await importMs(bundle))
  }
  return samples
}

async function importMs({ path }: Bundle): Promise<number> {
  const args = [...lambdaFlags, '--input-type=module', '--eval', timed, pathToFileURL(path).href]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { STAGE: 'local' } })
  return Number(stdout)
}

if (import.meta.main) console.table(tableOf(await measureImports()))
