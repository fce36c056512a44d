/** Starts what the browser ring needs: the stores, the functions behind the edge, and the built page. vitest calls this once. */
import type { TestProject } from 'vitest/node'
import { StartFailure } from '../../infra/services/failure.ts'
import { openApp, openStores } from '../servers.ts'
import { type Chromium, findChromium } from './chromium.ts'

declare module 'vitest' {
  interface ProvidedContext {
    chromium: Chromium
  }
}

/** Called by vitest. @returns the teardown. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const chromium = await findChromium().catch((error: Error) => {
    throw new StartFailure(`The ring browser takes a browser: ${error.message}.`)
  })
  project.provide('chromium', chromium)
  if (process.env.BASE_URL) {
    project.provide('baseUrl', process.env.BASE_URL)
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
