// A place in the consumer group: one session after another, for as long as Kafka is away and comes back.
import { setTimeout as sleep } from 'node:timers/promises'
import { createCommitter } from './commit.ts'
import type { Log } from './log.ts'
import { openSession, type SessionOptions } from './session.ts'
import { within } from './within.ts'

export type PollerOptions = SessionOptions & {
  readonly log: Log
  /**
   * Called with all partitions that this consumer holds from now on.
   *
   * @param isNewMember - the membership is new: records fetched before do not belong to it.
   */
  assigned(partitions: readonly number[], isNewMember: boolean): void
}

export type Poller = {
  commit(partition: number, offset: number): void
  pause(partition: number): void
  resume(partition: number): void
  /** Commits the offsets of finished records, leaves the group and disconnects; Kafka has two seconds for each. */
  stop(): Promise<void>
}

const restartMs = 500
const leaveMs = 2_000

/** Starts a poller. It runs until it is stopped; a Kafka that cannot be reached is tried again for as long as it takes. */
export function startPoller(options: PollerOptions): Poller {
  const { name, log, assigned } = options
  const stopping = new AbortController()
  const committer = createCommitter((offsets) => session.commit(offsets))
  let memberId: string | undefined
  let isAway = false
  let session = openSession(options, joined)
  const running = keepRunning()

  async function keepRunning(): Promise<void> {
    for (;;) {
      const { message } = await session.ended
      if (stopping.signal.aborted) return
      if (!isAway) log.warn(`${name}: lost Kafka: ${message}`)
      isAway = true
      await sleep(restartMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return
      session = openSession(options, joined)
    }
  }

  function joined(partitions: readonly number[], joinedAs: string): void {
    committer.keepOnly(partitions)
    const isNewMember = joinedAs !== memberId
    memberId = joinedAs
    if (isAway) log.info(`${name}: Kafka is back`)
    isAway = false
    assigned(partitions, isNewMember)
  }

  return {
    commit: committer.commit,
    pause: (partition) => session.pause(partition),
    resume: (partition) => session.resume(partition),
    async stop() {
      await within(leaveMs, committer.flush())
      committer.close()
      stopping.abort()
      session.end()
      await within(leaveMs, running)
    },
  }
}
