/**
 * Puts dynamic imports into files of their own, which are parsed only when they are imported.
 *
 * All functions are built into one tree, and serverless-esbuild leaves out of a function's zip the files whose path starts
 * with that of another bundle and a dot. So a chunk is placed beside its bundle, and its name starts with the bundle's.
 */
import { basename, extname } from 'node:path'
import type { Plugin } from 'esbuild'

export const chunks: Plugin = {
  name: 'chunks',
  setup({ initialOptions }) {
    const { entryPoints } = initialOptions
    const [entry] = Array.isArray(entryPoints) ? entryPoints : []
    if (typeof entry !== 'string' || entryPoints?.length !== 1) throw new Error('a build takes one function')
    initialOptions.splitting = true
    initialOptions.chunkNames = `${basename(entry, extname(entry))}.[name]-[hash]`
  },
}
