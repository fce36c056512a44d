import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for some work, but no longer than that; the work itself goes on. */
export async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController()
  const elapsed = sleep(timeoutMs, undefined, { signal: timer.signal, ref: false }).catch(() => undefined)
  await Promise.race([work, elapsed]).finally(() => timer.abort())
}
