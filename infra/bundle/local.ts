/**
 * A Serverless plugin that bundles all functions at once for serverless-offline: every module is read and parsed once, not once for
 * each function that imports it. List it before serverless-esbuild, which then finds them done.
 *
 * Bundles are whole here, without the chunks of deployed ones: a chunk that two functions share in one process would share its
 * state, such as connections. Only the code of each thread has to be a file of its own.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { chunks } from './chunks.ts'
import { bundlerOptions } from './options.ts'

type Serverless = {
  readonly serviceDir: string
  readonly service: {
    readonly custom: { readonly esbuild: { readonly outputWorkFolder: string; readonly sourcemap: '' | 'external' } }
    readonly functions: Readonly<Record<string, { readonly handler: string; skipEsbuild?: boolean }>>
  }
}

const threads = ['lib/client/hash-thread', 'lib/service/media/picture-thread']

export default class LocalBundlesPlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>

  constructor({ serviceDir, service }: Serverless) {
    this.hooks = {
      'before:offline:start:init': async () => {
        const functions = Object.values(service.functions)
        const { outputWorkFolder, sourcemap } = service.custom.esbuild
        const outdir = join(serviceDir, outputWorkFolder, '.build')
        const { plugins = [], ...options } = await bundlerOptions([apart(outdir)])
        await build({
          ...options,
          ...(sourcemap && { sourcemap }),
          plugins: plugins.filter((plugin) => plugin !== chunks),
          entryPoints: [...threads, ...functions.map(({ handler }) => handler.replace(/\.\w+$/, ''))].map(
            (file) => `${file}.ts`,
          ),
          outbase: serviceDir,
          outdir,
        })
        for (const each of functions) each.skipEsbuild = true
      },
    }
  }
}

const apart = (outdir: string): Plugin => ({
  name: 'apart',
  setup({ onResolve }) {
    onResolve({ filter: /-thread\.ts$/ }, ({ kind, resolveDir, path: named }) => {
      const thread = threads.find((one) => join(resolveDir, named).endsWith(join('/', `${one}.ts`)))
      if (thread === undefined || kind !== 'dynamic-import') return undefined
      return { path: pathToFileURL(join(outdir, `${thread}.mjs`)).href, external: true }
    })
  },
})
