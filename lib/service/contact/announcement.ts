/** Announcements: friends are told when a user comes online, and goes. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Clients } from '../../client/clients.ts'
import { config } from '../../core/config.ts'
import * as metric from '../../core/metric.ts'
import { RelationType } from '../../schema/tables.ts'
import { FrameType } from '../../wire/frame.ts'
import * as change from '../connection/change.ts'
import { deliver, type Push } from '../connection/delivery.ts'
import { onlineAmong } from '../connection/online.ts'

const roundMs = 1_000
// Friends who are told in a round; the first change is told however many they are. A delivery takes more than twice as many posts.
const mostTold = 2_000

/**
 * Tells friends of changes, a round a second, until then. Returns how many changes were told.
 *
 * A store that is away for a moment ends no more than a round: what that has claimed is due once more. The last failure is thrown
 * in the end, so that the run counts as an error.
 */
export async function announceUntil(clients: Clients, until: number): Promise<{ announced: number }> {
  let announced = 0
  let failure: Error | undefined
  for (; Date.now() < until; await pause(roundMs)) {
    try {
      announced += await announce(clients, Date.now())
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error))
    }
  }
  if (failure) throw failure
  return { announced }
}

/**
 * Tells the friends who are online of each change that has lasted. One statement, one delivery; returns how many changes were told.
 *
 * Of somebody with more friends than `PRESENCE_FRIENDS` nobody is told. Changes that are too many for one round are told later:
 * nobody confirms them, so they are claimed once more.
 */
export async function announce(clients: Clients, now: number): Promise<number> {
  const changes = await change.claim(clients, now)
  if (changes.length === 0) return 0
  const friends = await friendsOf(
    clients,
    changes.map(({ userId }) => userId),
  )
  const online = await onlineAmong(clients, [...new Set([...friends.values()].flat())], now)
  const pushes: Push[] = []
  let told = 0
  for (const { userId, isOnline } of changes) {
    const userIds = (friends.get(userId) ?? []).filter((id) => online.has(id))
    told += userIds.length
    if (pushes.length > 0 && told > mostTold) break
    const frame = { type: FrameType.event, event: 'presence' as const, user_id: userId, online: isOnline }
    pushes.push({ userIds, frame })
  }
  metric.put(await deliver(clients, [], pushes))
  await change.confirm(clients, changes.slice(0, pushes.length), now)
  return pushes.length
}

/** The friends of each user, in one statement, by an index that holds all that it reads; nobody's who has more than may be told. */
async function friendsOf(
  { db }: Pick<Clients, 'db'>,
  userIds: readonly number[],
): Promise<ReadonlyMap<number, readonly number[]>> {
  const most = config.presence.friends
  const listOf = (userId: number) => {
    const list = db
      .selectFrom('relations')
      .select(['owner_id', 'target_id'])
      .where('owner_id', '=', userId)
      .where('type', '=', RelationType.friend)
      .limit(most + 1)
    return db.selectFrom(list.as('list')).selectAll()
  }
  const [first, ...others] = userIds.map(listOf)
  const rows = (await others.reduce((all, list) => all?.unionAll(list), first)?.execute()) ?? []
  const friends = Map.groupBy(rows, ({ owner_id }) => owner_id)
  return new Map(
    [...friends].map(([owner, rows]) => [owner, rows.length > most ? [] : rows.map(({ target_id }) => target_id)]),
  )
}
