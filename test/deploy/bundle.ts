/** What is in a function's bundle, by esbuild's own account of it (infra/bundle/account.ts). */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'
import { accountsOf, functionsOf, type Packaged } from './stage.ts'

export interface Bundle {
  entryBytes: number
  /** Bytes of the entry and of all that it imports statically: what is parsed and run before the first invocation. */
  evaluatedBytes: number
  /** Modules of which something is in the bundle, parts that are loaded later included. Paths from the root. */
  modules: readonly string[]
}

export type Bundles = Readonly<Record<string, Bundle>>

/** The bundles of a packaged stage's functions, by name. */
export async function bundlesOf(packaged: Packaged): Promise<Bundles> {
  const read = functionsOf(packaged).map(async ({ name, handler }) => {
    const path = join(accountsOf(packaged.stage), handler.replace(/\.\w+$/, '.json'))
    const metafile: Metafile = JSON.parse(await readFile(path, 'utf8'))
    const entry = handler.replace(/\.\w+$/, '.ts')
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
  return Object.fromEntries(await Promise.all(read))
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
