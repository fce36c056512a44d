/**
 * Writes what esbuild tells of each bundle (its metafile) into the folder that BUILD_ACCOUNT names, as `functions/noun/verb.json`:
 * for whoever measures what was packaged. serverless-esbuild's own `metafile` would put it into the functions' zips.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Plugin } from 'esbuild'

export const account: Plugin = {
  name: 'account',
  setup({ initialOptions, onEnd }) {
    const folder = process.env.BUILD_ACCOUNT
    if (!folder) return
    initialOptions.metafile = true
    const [entry] = Array.isArray(initialOptions.entryPoints) ? initialOptions.entryPoints : []
    onEnd(async ({ metafile }) => {
      const path = join(folder, String(entry).replace(/\.ts$/, '.json'))
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, JSON.stringify(metafile))
    })
  },
}
