import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { emojiData } from './emoji-data.ts'

const here = import.meta.dirname

export default defineConfig({
  root: here,
  plugins: [react(), emojiData()],
  resolve: { alias: { 'gochat-client': resolve(here, '../client/src/index.ts') } },
  build: {
    outDir: resolve(here, '../../.build/app'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: { proxy: { '/api': { target: 'http://localhost:8080', ws: true } } },
})
