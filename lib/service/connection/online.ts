/** Who is online: a user whose next frame was due 60 s ago, or later. */
import type { Clients } from '../../client/clients.ts'
import * as keys from '../../core/keys.ts'
import { withTimeout } from '../store/script.ts'

/** How long a user counts as online after a frame was due. */
export const graceMs = 60_000

/** A user is online whose next frame was due then, or later. */
export const onlineFrom = (now: number): number => now - graceMs

/** The given users who are online. One command per hash tag, one round trip per Redis node. */
export async function onlineAmong(
  { redis }: Pick<Clients, 'redis'>,
  userIds: readonly number[],
  now: number,
): Promise<Set<number>> {
  const groups = [...Map.groupBy(userIds, keys.due)]
  const times = await withTimeout(Promise.all(groups.map(([due, members]) => redis.zmscore(due, members))))
  const isOnline = (time: string | null | undefined): boolean => time != null && Number(time) >= onlineFrom(now)
  return new Set(groups.flatMap(([, members], group) => members.filter((_, index) => isOnline(times[group]?.[index]))))
}
