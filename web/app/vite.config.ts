/** How the page is built, and served to whoever works on it. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'
import { emojiData } from './emoji-data.ts'

/** Everything is found from the root, which build.ts reaches by another path where the folder's own name is too odd. */
const library: Plugin = {
  name: 'library',
  config: ({ root = process.cwd() }) => ({
    resolve: {
      // The first that fits counts.
      alias: {
        'gochat-client/changes': resolve(root, '../client/src/changes.ts'),
        'gochat-client/calls': resolve(root, '../client/src/calls.ts'),
        'gochat-client': resolve(root, '../client/src/index.ts'),
      },
    },
  }),
}

/** Of what is no module: Vite does not know that it is there. */
const emojiLicense: Plugin = {
  name: 'emoji-license',
  async generateBundle() {
    const source = await readFile(createRequire(import.meta.url).resolve('emojibase-data/LICENSE'))
    this.emitFile({ type: 'asset', fileName: 'emoji-license.txt', source })
  },
}

const first = [
  'node_modules/(react|react-dom|scheduler|zustand|i18next|wouter|use-sync-external-store|regexparam)/',
  'node_modules/lucide-react/dist/esm/(?!icons)',
  'web/(client/src|app/src/(model|text))/(?!calls|talk|file-)',
  'web/app/src/(parts/(avatar|badge|button|seal|skeleton|spinner)|views/(navigation|narrow|paths|title)|stored|theme)',
]
const isOfFirst = new RegExp(first.map((path) => `/${path}`).join('|'))

export default defineConfig({
  plugins: [react(), library, emojiData(), emojiLicense],
  envDir: false,
  build: {
    target: 'baseline-widely-available',
    // No file becomes a part of another one: what the policy allows are files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What is loaded at first anyway is one file, and not as many as there are views that need parts of it.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first', test: isOfFirst }] } } },
    license: { fileName: 'licenses.txt' },
  },
  server: { proxy: { '/api': { target: `http://localhost:${process.env.PORT ?? 8080}`, ws: true } } },
})
