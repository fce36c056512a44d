import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for a condition. @returns whether it came true in time. */
export async function until(isTrue: () => boolean, timeoutMs: number): Promise<boolean> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(10)) if (isTrue()) return true
  return isTrue()
}
