/** Work whose time would tell something. */
import { setTimeout as pause } from 'node:timers/promises'

/** Resolves as `work` does, but only after a whole number of steps, at least one: who waits learns no more than that number. */
export async function inSteps(stepMs: number, work: () => Promise<void>): Promise<void> {
  const began = performance.now()
  try {
    await work()
  } finally {
    const took = performance.now() - began
    await pause(Math.max(1, Math.ceil(took / stepMs)) * stepMs - took)
  }
}
