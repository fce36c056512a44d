import { defineConfig } from 'vitest/config'
import { applied } from './test/breaks.ts'

/** The rings of tests. Unit tests need nothing, those of the start and of TLS bring all they need, test/servers.ts starts the rest. */
const ring = (
  name: string,
  settings: {
    testTimeout: number
    hookTimeout?: number
    fileParallelism?: boolean
    maxWorkers?: number
    globalSetup?: string
    sequence?: { shuffle: { tests: boolean; files: boolean } } | { groupOrder: number }
  },
) => ({
  plugins: [applied(process.env.BREAK)],
  // The page is tested with the sources of the library, as it is built with them.
  resolve: {
    // The first that fits counts.
    alias: {
      'gochat-client/changes': `${import.meta.dirname}/web/client/src/changes.ts`,
      'gochat-client/calls': `${import.meta.dirname}/web/client/src/calls.ts`,
      'gochat-client': `${import.meta.dirname}/web/client/src/index.ts`,
    },
  },
  test: {
    name,
    // What is played of AWS has tests of its own beside it, and so have the library for clients and the page.
    include: [
      `test/${name}/**/*.test.ts`,
      `infra/local/*/test/${name}/**/*.test.ts`,
      `web/*/test/${name}/**/*.test.ts`,
    ],
    env: { STAGE: 'local', LOG_LEVEL: 'error', RATE_LIMITS: 'on' },
    hookTimeout: 60_000,
    ...settings,
  },
})

const globalSetup = 'test/servers.ts'

export default defineConfig({
  test: {
    // The cache knows nothing of breaks: it would run the whole line instead of the broken one.
    fsModuleCache: process.env.BREAK === undefined,
    // Servers say goodbye.
    teardownTimeout: 60_000,
    projects: [
      ring('unit', { testTimeout: 10_000 }),
      // Each start takes most of the machine, and on a slow one more than a minute.
      ring('start', { testTimeout: 180_000, hookTimeout: 180_000, fileParallelism: false }),
      // One database: its files run one after another.
      ring('service', { testTimeout: 30_000, fileParallelism: false, globalSetup }),
      // No test leans on another one.
      ring('wire', { testTimeout: 20_000, globalSetup, sequence: { shuffle: { tests: true, files: false } } }),
      // The stores as they are deployed: behind TLS, with users and tokens.
      ring('tls', { testTimeout: 30_000, globalSetup: 'test/tls/setup.ts' }),
      // People at real browsers, on the built page. One browser at a time has the machine.
      ring('browser', { testTimeout: 120_000, fileParallelism: false, globalSetup: 'test/browser/setup.ts' }),
      // Packages each stage, and starts every function of it. While one file waits for the emulator, another one has a processor.
      ring('deploy', {
        testTimeout: 120_000,
        maxWorkers: 2,
        globalSetup: 'test/deploy/setup.ts',
        sequence: { groupOrder: 1 },
      }),
    ],
  },
})
