/** Stops processes, as Lambda freezes a function that nobody calls, and lets them go on later than it is. */
import { writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Freezer {
  /**
   * Stops them for `stoppedMs`, more than a second; afterwards their clocks say that it was `milliseconds`.
   *
   * Timers that would have run out in the difference are not shortened.
   */
  freeze(stoppedMs: number, milliseconds: number): Promise<void>
}

/** The file is that of preload-clock.ts. */
export function createFreezer(clockFile: string, pids: () => readonly number[]): Freezer {
  let aheadMs = 0
  const signalAll = (signal: NodeJS.Signals): void => {
    for (const pid of pids()) process.kill(pid, signal)
  }
  writeFileSync(clockFile, String(aheadMs))
  return {
    async freeze(stoppedMs, milliseconds) {
      signalAll('SIGSTOP')
      await sleep(stoppedMs)
      aheadMs += milliseconds - stoppedMs
      writeFileSync(clockFile, String(aheadMs))
      signalAll('SIGCONT')
    },
  }
}
