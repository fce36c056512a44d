/** What is in a function's bundle, by esbuild's own account of it: built once more with the packager's options. */
import { build, type Metafile } from 'esbuild'
import { bundlerOptions } from '../../infra/bundle/options.ts'
import { inParallel } from '../../lib/core/in-parallel.ts'
import type { DeployedFunction } from './stage.ts'

export interface Bundle {
  entryBytes: number
  /** Bytes of the entry and of all that it imports statically: what is parsed and run before the first invocation. */
  evaluatedBytes: number
  /** Modules of which something is in the bundle, parts that are loaded later included. Paths from the root. */
  modules: readonly string[]
}

export type Bundles = Readonly<Record<string, Bundle>>

/** The bundles of functions, by name. */
export async function bundlesOf(functions: readonly DeployedFunction[]): Promise<Bundles> {
  const options = await bundlerOptions()
  const built = await inParallel(functions, 2, async ({ name, handler }) => {
    const entry = handler.replace(/\.\w+$/, '.ts')
    const outdir = '.build/deploy/bundles'
    const { metafile } = await build({ ...options, entryPoints: [entry], outdir, metafile: true, write: false })
    const bytesOf = (paths: readonly string[]): number =>
      paths.reduce((sum, path) => sum + (metafile.outputs[path]?.bytes ?? 0), 0)
    const atStart = reached(metafile, entry, (kind) => kind === 'import-statement')
    const bundle: Bundle = {
      entryBytes: bytesOf(atStart.slice(0, 1)),
      evaluatedBytes: bytesOf(atStart),
      modules: modulesOf(metafile, entry),
    }
    return [name, bundle] as const
  })
  return Object.fromEntries(built)
}

/** The files that a bundle's entry leads to, itself first; a chunk that nobody imports may be left over. */
function reached({ outputs }: Metafile, entry: string, isFollowed: (kind: string) => boolean): string[] {
  const start = Object.keys(outputs).find((path) => outputs[path]?.entryPoint === entry)
  if (start === undefined) throw new Error(`${entry} is no entry of its own bundle`)
  const paths = new Set([start])
  // A set also gives what is added while it is gone through.
  for (const path of paths)
    for (const { path: to, kind } of outputs[path]?.imports ?? []) if (isFollowed(kind) && to in outputs) paths.add(to)
  return [...paths]
}

const modulesOf = (metafile: Metafile, entry: string): string[] =>
  reached(metafile, entry, () => true).flatMap((path) =>
    Object.entries(metafile.outputs[path]?.inputs ?? {}).flatMap(([module, { bytesInOutput }]) =>
      bytesInOutput > 0 ? [module] : [],
    ),
  )
