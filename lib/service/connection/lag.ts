/** Connections that are behind: they are told to ask for what they miss, in place of being posted all of it. */
import type { Clients } from '../../client/clients.ts'
import * as keys from '../../core/keys.ts'
import { FrameType } from '../../wire/frame.ts'
import type { EventFrame } from '../../wire/server-frame.ts'
import { withTimeout } from '../store/script.ts'
import type { Outbox } from './outbox.ts'

const mostFrames = 100
const againMs = 1_000
// Who is told alone asks at once; a hundred ask within a second.
const spreadMsEach = 10
const mostSpreadMs = 1_000

/** How many are told, and how to note it once they were. */
export interface Told {
  connections: number
  note(): Promise<void>
}

/**
 * Puts one `resync` in place of the frames of each connection that takes arrays and has late ones, or more than a hundred. One that was
 * told within the last second is not told again: late frames alone are left out, and others stay, with the late ones before them.
 *
 * It is noted after the posts, so that a batch that comes again tells again; two batches at the same time may both tell it.
 */
export async function tellToCatchUp(
  { redis }: Pick<Clients, 'redis'>,
  outboxes: readonly Outbox[],
  now: number,
): Promise<Told> {
  const behind = outboxes.filter(isBehind)
  const known = await toldAmong({ redis }, behind, now)
  const told = behind.filter(({ connectionId }) => !known.has(connectionId))
  const spreadMs = Math.min(told.length * spreadMsEach, mostSpreadMs)
  for (const outbox of told) outbox.texts = [resync(Math.floor(Math.random() * spreadMs))]
  for (const outbox of behind) {
    if (known.has(outbox.connectionId) && outbox.late === outbox.texts.length) outbox.texts = []
  }
  return { connections: told.length, note: () => note({ redis }, told, now) }
}

const isBehind = ({ takesArrays, late = 0, texts, over }: Outbox): boolean =>
  takesArrays && !over && (late > 0 || texts.length > mostFrames)

const resync = (after_ms: number): string =>
  JSON.stringify({
    type: FrameType.event,
    event: 'resync',
    ...(after_ms > 0 && { after_ms }),
  } satisfies EventFrame)

/** The ids of those that were told within the last second. One command a hash tag. */
async function toldAmong(
  { redis }: Pick<Clients, 'redis'>,
  outboxes: readonly Outbox[],
  now: number,
): Promise<Set<string>> {
  const tags = [...byTag(outboxes)]
  const times = await withTimeout(Promise.all(tags.map(([key, ids]) => redis.zmscore(key, ids))))
  const isRecent = (time: string | null | undefined): boolean => time != null && Number(time) > now - againMs
  return new Set(tags.flatMap(([, ids], tag) => ids.filter((_, index) => isRecent(times[tag]?.[index]))))
}

async function note({ redis }: Pick<Clients, 'redis'>, outboxes: readonly Outbox[], now: number): Promise<void> {
  await withTimeout(
    Promise.all(
      [...byTag(outboxes)].flatMap(([key, ids]) => [
        redis.zremrangebyscore(key, 0, now - againMs),
        redis.zadd(key, ...ids.flatMap((id) => [now, id])),
        redis.expire(key, keys.ttlSeconds.told),
      ]),
    ),
  )
}

function byTag(outboxes: readonly Outbox[]): Map<string, string[]> {
  const groups = Map.groupBy(outboxes, ({ userId }) => keys.told(userId))
  return new Map([...groups].map(([key, members]) => [key, members.map(({ connectionId }) => connectionId)]))
}
