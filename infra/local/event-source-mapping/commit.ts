// Commits offsets in the background: the newest of each partition, one request at a time.
import { setTimeout as sleep } from 'node:timers/promises'

export type Committer = {
  commit(partition: number, offset: number): void
  /** Drops the pending commits of all other partitions: they are no longer ours. */
  keepOnly(partitions: readonly number[]): void
  /** Resolves when everything is committed; a commit that fails is tried again for as long as it takes. */
  flush(): Promise<void>
  close(): void
}

/** Between two commits: a crash repeats the records of this time; without a pause every batch would cost a request. */
const intervalMs = 50
const retryMs = 250

/**
 * Makes a committer. The first commit leaves at once; while one is under way or has just been made, newer offsets
 * replace older ones and leave together. A failure loses nothing but time, since the offset stays wanted.
 */
export function createCommitter(send: (offsets: ReadonlyMap<number, number>) => Promise<void>): Committer {
  const wanted = new Map<number, number>()
  let isClosed = false
  let working: Promise<void> | undefined
  let hurry = new AbortController()

  function commit(partition: number, offset: number): void {
    wanted.set(partition, offset)
    working ??= work()
  }

  async function work(): Promise<void> {
    while (wanted.size > 0 && !isClosed) {
      const sent = new Map(wanted)
      try {
        await send(sent)
        for (const [partition, offset] of sent) if (wanted.get(partition) === offset) wanted.delete(partition)
        await sleep(intervalMs, undefined, { signal: hurry.signal }).catch(() => undefined)
      } catch {
        await sleep(retryMs)
      }
    }
    working = undefined
  }

  function keepOnly(partitions: readonly number[]): void {
    for (const partition of wanted.keys()) if (!partitions.includes(partition)) wanted.delete(partition)
  }

  async function flush(): Promise<void> {
    hurry.abort()
    await working
    hurry = new AbortController()
  }

  function close(): void {
    isClosed = true
  }

  return { commit, keepOnly, flush, close }
}
