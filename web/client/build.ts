/** Builds what is published into dist/: one module for browsers and Node, others for those who call or show changes, and their types. */
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'

const room = import.meta.dirname

export async function buildInto(outdir: string): Promise<void> {
  await rm(outdir, { recursive: true, force: true })
  await build({
    entryPoints: ['index', 'calls', 'changes'].map((name) => join(room, `src/${name}.ts`)),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    outdir,
  })
  const compiler = join(room, '../../node_modules/.bin/tsc')
  await promisify(execFile)(compiler, ['-p', join(room, 'tsconfig.json'), '--outDir', outdir])
}

if (import.meta.main) await buildInto(join(room, 'dist'))
