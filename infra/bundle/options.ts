/** How functions are bundled when they are deployed, for what bundles some of them on its own. */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { BuildOptions, Plugin } from 'esbuild'
import { parse } from 'yaml'
import ours from './plugins.ts'

const root = resolve(import.meta.dirname, '../..')

/**
 * All of `custom.esbuild` in serverless.yml that is esbuild's own; the rest is the packager's, and for profiles. A build
 * takes one entry point, and an `outdir`.
 */
export async function bundlerOptions(plugins: readonly Plugin[] = []): Promise<BuildOptions> {
  const { custom } = parse(await readFile(join(root, 'serverless.yml'), 'utf8'))
  const { outputWorkFolder, skipRebuild, concurrency, watch, outputFileExtension, sourcemap, ...options } =
    custom.esbuild
  return {
    ...options,
    absWorkingDir: root,
    outExtension: { '.js': outputFileExtension },
    plugins: [...ours, ...plugins],
  }
}
