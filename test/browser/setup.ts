/** Starts what the browser ring needs: the stores, the functions behind the edge, and the built page. vitest calls this once. */
import type { TestProject } from 'vitest/node'
import { StartFailure } from '../../infra/services/failure.ts'
import { provideService } from '../servers.ts'
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
  return await provideService(project)
}
