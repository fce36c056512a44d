/**
 * Cold import: how long a fresh process takes to load each function's bundle, beyond an empty handler's.
 *
 *     npx node bench/import.ts
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
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

const root = resolve(import.meta.dirname, '..')
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
    const cache = join(folder, 'cache')
    const cold = await sampled(bundles)
    for (const bundle of bundles) await importMs(bundle, cache)
    const cached = await sampled(bundles, cache)
    const [empty, ...functions] = bundles.map((bundle) => ({
      ...bundle,
      sample: cold.get(bundle) ?? [],
      p50: percentiles(cold.get(bundle) ?? []).p50,
      cachedP50: percentiles(cached.get(bundle) ?? []).p50,
    }))
    if (!empty) throw new Error('there is no empty bundle')
    return functions.sort((a, b) => b.p50 - a.p50).map((bundle) => resultOf(bundle, empty))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

type Timed = Bundle & { sample: readonly number[]; p50: number; cachedP50: number }

function resultOf({ name, sample, p50, cachedP50, kilobytes, largest }: Timed, empty: Timed): Result {
  return {
    workload: 'import',
    setting: { function: name },
    operations: sample.length,
    seconds: round(sample.reduce((sum, each) => sum + each, 0) / 1000),
    perSecond: round(1000 / p50),
    latencyMs: percentiles(sample),
    more: {
      'ms over empty': round(p50 - empty.p50),
      'ms over empty, compile cache': round(cachedP50 - empty.cachedP50),
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
  for (const handler of await handlers()) {
    bundles.push(await buildOne(join(root, `functions/${handler}.ts`), handler, folder, options))
  }
  return bundles
}

async function handlers(): Promise<string[]> {
  const files = await readdir(join(root, 'functions'), { recursive: true })
  return files.filter((file) => file.endsWith('.ts')).map((file) => file.replace(/\.ts$/, ''))
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

// In turn, so that what slows the machine for a while slows all alike.
async function sampled(bundles: readonly Bundle[], cache?: string): Promise<Map<Bundle, number[]>> {
  const samples = new Map(bundles.map((bundle) => [bundle, [] as number[]]))
  for (let round = 0; round < rounds; round++) {
    for (const [bundle, sample] of samples) sample.push(await importMs(bundle, cache))
  }
  return samples
}

async function importMs({ path }: Bundle, cache?: string): Promise<number> {
  const args = [...lambdaFlags, '--input-type=module', '--eval', timed, pathToFileURL(path).href]
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { STAGE: 'local', ...(cache && { NODE_COMPILE_CACHE: cache }) },
  })
  return Number(stdout)
}

if (import.meta.main) console.table(tableOf(await measureImports()))
