import { defineConfig } from 'vitest/config'
import { applied } from './test/breaks.ts'

/** The rings of tests. Unit tests need nothing; the others get their servers' addresses from test/run.ts. */
const ring = (name: string, settings: { testTimeout: number; fileParallelism?: boolean }) => ({
  plugins: [applied(process.env.BREAK)],
  test: {
    name,
    // What is played of AWS has tests of its own beside it.
    include: [`test/${name}/**/*.test.ts`, `infra/local/*/test/${name}/**/*.test.ts`],
    // vitest has a BASE_URL of its own, which would hide the one that is given.
    env: { STAGE: 'local', LOG_LEVEL: 'error', BASE_URL: process.env.BASE_URL ?? '' },
    hookTimeout: 60_000,
    ...settings,
  },
})

export default defineConfig({
  test: {
    // The cache knows nothing of breaks: it would run the whole line instead of the broken one.
    fsModuleCache: process.env.BREAK === undefined,
    projects: [
      ring('unit', { testTimeout: 10_000 }),
      // Each start takes most of the machine.
      ring('start', { testTimeout: 60_000, fileParallelism: false }),
      // One database: its files run one after another.
      ring('service', { testTimeout: 30_000, fileParallelism: false }),
      ring('wire', { testTimeout: 20_000 }),
    ],
  },
})
