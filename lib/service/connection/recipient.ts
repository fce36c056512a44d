/** Recipients: the connections that frames for a user are posted to, and why one takes no more of them. */
import type { Clients } from '../../client/clients.ts'
import * as keys from '../../core/keys.ts'
import { withTimeout } from '../store/script.ts'
import type { Stored } from './presence.ts'

/** A connection that frames for a user are posted to, unless it is over. */
export interface Recipient {
  connectionId: string
  connectedAt: number
  takesArrays: boolean
  sessionId: string
  /** Milliseconds: the time of the last frame. */
  heardAt: number
  expiresAt?: number
  hasEnded?: true
}

/** Why a connection is ended by the service: its session is over, or its user has or sends too much. */
export type Over = 'TOKEN_EXPIRED' | 'SESSION_ENDED' | 'TOO_MANY_REQUESTS' | 'TOO_MANY_CONNECTIONS'

/** Why nothing more may be posted to a connection; undefined while it may. */
export function overBy({ expiresAt, hasEnded }: Recipient, now: number): Over | undefined {
  if (hasEnded) return 'SESSION_ENDED'
  return now >= (expiresAt ?? Number.POSITIVE_INFINITY) ? 'TOKEN_EXPIRED' : undefined
}

/** All connections of the given users, in one round trip per Redis node. */
export async function recipientsOf(
  { redis }: Pick<Clients, 'redis'>,
  userIds: readonly number[],
): Promise<Map<number, Recipient[]>> {
  const stored = await withTimeout(Promise.all(userIds.map((userId) => redis.hgetall(keys.connections(userId)))))
  return new Map(
    userIds.map((userId, index) => [userId, Object.entries(stored[index] ?? {}).map(([id, text]) => parse(id, text))]),
  )
}

function parse(connectionId: string, text: string): Recipient {
  const { at, takesArrays, session, heard, expires, ended } = JSON.parse(text) as Stored
  const times = { connectedAt: at, heardAt: heard, expiresAt: expires }
  return { connectionId, takesArrays, sessionId: session, ...times, hasEnded: ended }
}

/** Marks a connection that missed a post: its next frame is answered with `resync`. */
export async function markMissed(
  { redis }: Pick<Clients, 'redis'>,
  userId: number,
  connectionId: string,
): Promise<void> {
  const key = keys.missed(userId)
  await withTimeout(Promise.all([redis.sadd(key, connectionId), redis.expire(key, keys.ttlSeconds.connection)]))
}
