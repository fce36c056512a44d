/**
 * Starts the servers for the service and wire rings. vitest calls this once for each ring before its first test, whether
 * run by `npm test`, `npx vitest` or an editor.
 *
 * Servers that the environment names are used (MYSQL_URL, REDIS_URL, KAFKA_BROKERS, STORAGE_ENDPOINT, and BASE_URL for the wire ring); the
 * others start empty, and stop at the end. The second ring uses those of the first.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createConnection } from 'mysql2/promise'
import type { TestProject } from 'vitest/node'
import { type App, startApp } from '../infra/app.ts'
import { runScript } from '../infra/script.ts'
import { startServices } from '../infra/services/index.ts'
import { isBuilt } from '../web/app/build.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The origin of the service under test. */
    baseUrl: string
    /** Behind it, when the service was started here: see infra/app.ts. */
    inner: App['inner'] | undefined
  }
}

export interface Servers {
  stop(): Promise<void>
}

const say = (line: string): void => console.log(line)

/** Called by vitest. @returns the teardown. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  return project.name === 'wire' ? await provideService(project) : (await openStores()).stop
}

/** The whole service, for tests that know its address alone: the one that BASE_URL names, or one of their own. */
export async function provideService(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.BASE_URL
  if (given) {
    project.provide('baseUrl', given)
    project.provide('inner', undefined)
    return async () => {}
  }
  const stores = await openStores()
  try {
    const app = await openApp()
    project.provide('baseUrl', app.url)
    project.provide('inner', app.inner)
    return async () => {
      await app.stop()
      await stores.stop()
    }
  } catch (error) {
    await stores.stop()
    throw error
  }
}

/** MySQL with the tables, Redis, Kafka and object storage. Their addresses are put into this process's environment. */
export async function openStores(signal?: AbortSignal): Promise<Servers> {
  const folder = await mkdtemp(join(tmpdir(), 'gochat-stores-'))
  const services = await startServices({ dataDir: join(folder, 'data'), keepData: false, say, signal })
  const all = { STAGE: 'local', JWT_SECRET: randomBytes(32).toString('hex'), ...services.environment }
  const added = Object.entries(all).filter(([name]) => process.env[name] === undefined)
  for (const [name, value] of added) process.env[name] = value
  const stop = async (): Promise<void> => {
    for (const [name] of added) delete process.env[name]
    await services.stop()
    await rm(folder, { recursive: true, force: true })
  }
  await runScript('infra/migrate.ts', join(folder, 'migrate.log')).catch(async (error: unknown) => {
    await stop()
    throw error
  })
  await keepIdsApart()
  return { stop }
}

/** Tests write groups that have the id of a user. Those that routes make get others, so that no two groups want the same. */
async function keepIdsApart(): Promise<void> {
  const connection = await createConnection(process.env.MYSQL_URL ?? '')
  await connection.query('alter table `groups` auto_increment = 1000000001')
  await connection.end()
}

// All tests register users and open sockets from one address.
const ofTests = {
  REGISTRATIONS_PER_DAY: '1000000',
  LOGIN_FAILURES_PER_DAY: '1000000',
  ADDRESS_UPGRADES_PER_MINUTE: '1000000',
  RATE_LIMITS: 'on',
}

// What the tests of the wire judge runs in the functions' bundles.
const ofBreaks =
  process.env.BREAK === undefined
    ? {}
    : { NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, 'preload-break.ts'))}` }

/** The service on the stores that the environment names. */
export async function openApp(
  environment: Record<string, string> = ofTests,
): Promise<Servers & Pick<App, 'url' | 'inner' | 'pid' | 'died'>> {
  const folder = await mkdtemp(join(tmpdir(), 'gochat-app-'))
  await runScript('infra/build-api-page.ts', join(folder, 'page.log'))
  if (!(await isBuilt())) await runScript('web/app/build.ts', join(folder, 'page.log'))
  const logFile = join(folder, 'app.log')
  const app = await startApp({ environment: { ...environment, ...ofBreaks }, port: 0, logFile, say })
  const stop = async (): Promise<void> => {
    await app.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { ...app, stop }
}
