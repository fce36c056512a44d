/** Functions as Lambda runs them: bundled by the packager's options, each in a process of its own, with variables of its own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { bundlerOptions } from '../../infra/bundle/options.ts'
import { startOwn } from '../deploy/function/own.ts'
import type { Running } from '../deploy/function/running.ts'

export interface Deployment {
  /** Starts an environment of a function, such as `user/login`. All are stopped together. */
  start(name: string, variables: Readonly<Record<string, string>>): Promise<Running>
  stop(): Promise<void>
}

/** Bundles functions. */
export async function deployment(...names: string[]): Promise<Deployment> {
  const folder = await mkdtemp(join(tmpdir(), 'gochat-deployed-'))
  const options = await bundlerOptions()
  for (const name of names) {
    const entryPoints = [`functions/${name}.ts`]
    await build({ ...options, entryPoints, outdir: folder, outbase: '.' })
  }
  const running: Running[] = []
  return {
    async start(name, variables) {
      const { MYSQL_URL = '', REDIS_URL = '', KAFKA_BROKERS = '' } = process.env
      const stores = { MYSQL_URL, REDIS_URL, KAFKA_BROKERS }
      const started = await startOwn({
        folder,
        handler: `functions/${name}.handler`,
        timeoutSeconds: 10,
        variables: { STAGE: 'dev', LOG_LEVEL: 'error', ...stores, ...variables },
      })
      running.push(started)
      return started
    },
    async stop() {
      await Promise.all(running.map((one) => one.stop()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
