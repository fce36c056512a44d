/** Faults: what one is, and what it may do and tell while it is injected. */
import type { Random } from './random.ts'
import type { Outage } from './recording.ts'
import type { Stage } from './stage.ts'
import { until } from './until.ts'
import type { Workload } from './workload.ts'

/** The numbers of a run. */
export interface Setting {
  people: number
  /** New messages a second. */
  perSecond: number
  /** New messages to send; a scenario goes on until the fault was injected as often as it must be, too. */
  messages: number
  injections: number
  /** Between two heartbeats of a device. */
  heartbeatMs?: number
}

export interface Injection {
  stage: Stage
  workload: Workload
  random: Random
  /** Counts: the fault has really happened. */
  injected(): void
  /** The dependency accepts connections again: from here on recovery is measured. */
  recovered(): void
  /** While the dependency is away, frames are refused in time, or taken. */
  during<T>(frames: Outage['frames'], work: () => Promise<T>): Promise<T>
}

export interface Fault {
  name: string
  /** It kills or freezes the servers' processes: those have to be our own. */
  needsServers?: boolean
  /** Injects the fault once. */
  inject(injection: Injection): Promise<void>
  /** Between the end of one injection and the next, ms. */
  pauseMs: number
  /** What it needs in place of the run's own numbers. */
  setting?: Partial<Setting>
  /** Takes the fault away, when it is one that lasts beyond the last message. */
  restore?(stage: Stage): void
}

const passesWithinMs = 10_000

/** A fault of the next thing that passes a proxy: `arm` has it call `done`. It is disarmed when nothing passes in time. */
export const onNext = (
  name: string,
  pauseMs: number,
  arm: (injection: Injection, done: () => void) => void,
  disarm: (stage: Stage) => void,
): Fault => ({
  name,
  pauseMs,
  async inject(injection) {
    let isDone = false
    arm(injection, () => {
      isDone = true
      injection.injected()
    })
    await until(() => isDone, passesWithinMs)
    disarm(injection.stage)
  },
})
