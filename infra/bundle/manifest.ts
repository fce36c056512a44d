/** Keeps of kafkajs' own package.json what its code reads of it: where bugs are reported. The rest is 4 KB that each function would parse. */
import { readFile } from 'node:fs/promises'
import type { Plugin } from 'esbuild'

export const manifest: Plugin = {
  name: 'manifest',
  setup(build) {
    build.onLoad({ filter: /[\\/]kafkajs[\\/]package\.json$/ }, async ({ path }) => {
      const { bugs } = JSON.parse(await readFile(path, 'utf8'))
      return { contents: JSON.stringify({ bugs }), loader: 'json' }
    })
  },
}
