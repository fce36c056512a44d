/** The client's clock and variables. Servers keep their own. */
import { afterEach, vi } from 'vitest'

/** Close what a test has opened. After it clock and variables are the true ones, too. */
export const closers: (() => unknown)[] = []
afterEach(async () => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
  for (const close of closers.splice(0)) await close()
})

/** Sets the client's clock, and stops it; `vi.waitFor` would move it. `vi.useRealTimers()` ends that. */
export function setClock(at: number): void {
  vi.useFakeTimers({ now: at, toFake: ['Date'] })
}

/** What a module is in a process with other variables. */
export async function anew<T>(environment: Record<string, string>, load: () => Promise<T>): Promise<T> {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  vi.resetModules()
  try {
    return await load()
  } finally {
    vi.resetModules()
  }
}

export const wrongSecret = { AWS_SECRET_ACCESS_KEY: 'that of somebody else' }
