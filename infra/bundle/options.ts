/** The bundler's options for deployed functions, for scripts that bundle some of them by themselves. */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { BuildOptions, Plugin } from 'esbuild'
import { parse } from 'yaml'
import ours from './plugins.ts'

const root = resolve(import.meta.dirname, '../..')

/**
 * Returns the options in `custom.esbuild` of serverless.yml that esbuild itself knows; the others are for serverless-esbuild.
 * A build needs one entry point and an `outdir`.
 */
export async function bundlerOptions(plugins: readonly Plugin[] = []): Promise<BuildOptions> {
  const { custom } = parse(await readFile(join(root, 'serverless.yml'), 'utf8'))
  const { outputWorkFolder, skipRebuild, skipBuild, concurrency, watch, outputFileExtension, sourcemap, ...options } =
    custom.esbuild
  return {
    ...options,
    absWorkingDir: root,
    outExtension: { '.js': outputFileExtension },
    plugins: [...ours, ...plugins],
  }
}
