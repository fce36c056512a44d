/** The shape of a fault, and what it is given while it is injected. */
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
  /** Reports that the fault has really happened; counted. */
  injected(): void
  /** Reports that the dependency accepts connections again: recovery is measured from here. */
  recovered(): void
  /** Marks `work` as an outage, in which frames must be refused in time, or taken. */
  during<T>(frames: Outage['frames'], work: () => Promise<T>): Promise<T>
}

export interface Fault {
  name: string
  /** True when it kills or freezes server processes, which must be our own. */
  needsServers?: boolean
  /** Injects the fault once. */
  inject(injection: Injection): Promise<void>
  /** Between the end of one injection and the next, ms. */
  pauseMs: number
  /** The longest that a recovery may take, ms; 10 s by default. */
  recoversWithinMs?: number
  /** Overrides the numbers of the run. */
  setting?: Partial<Setting>
  /** Ends a fault that lasts beyond the last message. */
  restore?(stage: Stage): void
}

const passesWithinMs = 10_000

/** A fault that hits the next message through a proxy, which then calls `done`; disarmed when nothing passes in time. */
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
