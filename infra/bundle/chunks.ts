/**
 * What a function imports only when it needs it is a file of its own, which is not even parsed before that.
 *
 * All functions are built into one tree, and serverless-esbuild keeps out of a function's zip what starts with the path of
 * another's bundle and a dot. So chunks stand beside the bundle that they belong to and start with its name.
 */
import { basename, extname } from 'node:path'
import type { Plugin } from 'esbuild'

export const chunks: Plugin = {
  name: 'chunks',
  setup({ initialOptions }) {
    const { entryPoints } = initialOptions
    const [entry] = Array.isArray(entryPoints) ? entryPoints : []
    if (typeof entry !== 'string' || entryPoints?.length !== 1) throw new Error('each function is built on its own')
    initialOptions.splitting = true
    initialOptions.chunkNames = `${basename(entry, extname(entry))}.[name]-[hash]`
  },
}
