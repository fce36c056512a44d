/** How the page is built, and served to whoever works on it. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** Everything is found from the root, which build.ts reaches by another path where the folder's own name is too odd. */
const library: Plugin = {
  name: 'library',
  config: ({ root = process.cwd() }) => ({
    resolve: { alias: { 'gochat-client': resolve(root, '../client/src/index.ts') } },
  }),
}

const emojiFolder = dirname(createRequire(import.meta.url).resolve('emojibase-data/package.json'))
const emojiFiles = ['en', 'zh'].flatMap((language) => [`${language}/data.json`, `${language}/messages.json`])

/** The names of emoji in the page's languages, below /emoji: frimousse's `emojibaseUrl`. */
const emoji: Plugin = {
  name: 'emoji',
  configureServer: ({ middlewares }) => {
    middlewares.use('/emoji', async ({ url = '' }, response, next) => {
      const file = emojiFiles.find((name) => url === `/${name}`)
      if (!file) return next()
      response.setHeader('content-type', 'application/json').end(await readFile(join(emojiFolder, file)))
    })
  },
  async generateBundle() {
    for (const name of [...emojiFiles, 'LICENSE']) {
      const source = await readFile(join(emojiFolder, name))
      this.emitFile({ type: 'asset', fileName: `emoji/${name === 'LICENSE' ? 'license.txt' : name}`, source })
    }
  },
}

export default defineConfig({
  plugins: [react(), library, emoji],
  envDir: false,
  build: {
    target: 'baseline-widely-available',
    // No file becomes a part of another one: what the policy allows are files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    license: { fileName: 'licenses.txt' },
  },
  server: { proxy: { '/api': { target: `http://localhost:${process.env.PORT ?? 8080}`, ws: true } } },
})
