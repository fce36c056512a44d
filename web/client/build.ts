/**
 * Builds what is published into dist/: one module for browsers and Node, one that it loads for files, others for those who call or show
 * changes, and their types.
 */
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build, type Plugin } from 'esbuild'

const room = import.meta.dirname

export async function buildInto(outdir: string): Promise<void> {
  await rm(outdir, { recursive: true, force: true })
  const bundle = (names: readonly string[], plugin: Plugin) =>
    build({
      entryPoints: names.map((name) => join(room, `src/${name}.ts`)),
      plugins: [plugin],
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'neutral',
      target: 'es2022',
      outdir,
    })
  await bundle(['index', 'calls', 'changes'], beside('files', 'files'))
  // It throws the same errors, of the same class.
  await bundle(['files'], beside('errors', 'index'))
  const compiler = join(room, '../../node_modules/.bin/tsc')
  await promisify(execFile)(compiler, ['-p', join(room, 'tsconfig.json'), '--outDir', outdir])
}

/** A source that is not bundled: what stands beside has it. */
const beside = (source: string, built: string): Plugin => ({
  name: `${source} beside`,
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`^\\./${source}\\.ts$`) }, () => ({ path: `./${built}.js`, external: true }))
  },
})

if (import.meta.main) await buildInto(join(room, 'dist'))
