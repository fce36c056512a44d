/** The names of emoji, as the picker asks for them: files of the package emojibase-data, from this site. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Plugin } from 'vite'

const require = createRequire(import.meta.url)
const { version } = require('emojibase-data/package.json')
/** With the version in it, so that browsers may keep them. */
const folder = `assets/emoji-${version}`
const files = ['en', 'zh'].flatMap((language) => ['data', 'messages'].map((name) => `${language}/${name}.json`))
const read = (file: string) => readFile(require.resolve(`emojibase-data/${file}`))

/** `EMOJI_DATA` in the page is the address of the folder. */
export const emojiData = (): Plugin => ({
  name: 'emoji-data',
  config: ({ base = '/' }) => ({ define: { EMOJI_DATA: JSON.stringify(`${base}${folder}`) } }),
  async buildStart() {
    if (this.environment.mode !== 'build') return
    for (const file of files) this.emitFile({ type: 'asset', fileName: `${folder}/${file}`, source: await read(file) })
  },
  configureServer({ middlewares }) {
    middlewares.use(`/${folder}`, async ({ url = '' }, response, next) => {
      const file = url.slice(1)
      if (!files.includes(file)) return next()
      response.setHeader('Content-Type', 'application/json').end(await read(file))
    })
  },
})
