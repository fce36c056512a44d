/** Recipients: the connections that frames for a user are posted to, and why one takes no more of them. */
import type { Clients } from '../../client/clients.ts'
import * as keys from '../../core/keys.ts'
import { script, withTimeout } from '../store/script.ts'
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

// For few users a command each is less work than a script for each hash tag.
const mostSingly = 64

/**
 * All connections of the given users, in one round trip per Redis node, and by 64 commands at most. Of many users those without a
 * connection may be missing.
 */
export async function recipientsOf(
  { redis }: Pick<Clients, 'redis'>,
  userIds: readonly number[],
): Promise<Map<number, Recipient[]>> {
  if (userIds.length > mostSingly) return await recipientsByTag({ redis }, userIds)
  const stored = await withTimeout(Promise.all(userIds.map((userId) => redis.hgetall(keys.connections(userId)))))
  return new Map(
    userIds.map((userId, index) => [userId, Object.entries(stored[index] ?? {}).map(([id, text]) => parse(id, text))]),
  )
}

// KEYS: the connections of users, all of one tag. Returns those that there are, each with the place of its key.
const connectionsScript = script(`
local found = {}
for place, key in ipairs(KEYS) do
  local stored = redis.call('hgetall', key)
  if #stored > 0 then table.insert(found, {place, stored}) end
end
return found
`)

async function recipientsByTag(
  { redis }: Pick<Clients, 'redis'>,
  userIds: readonly number[],
): Promise<Map<number, Recipient[]>> {
  const tags = [...Map.groupBy(userIds, keys.due).values()]
  const found = await Promise.all(
    tags.map((members) => connectionsScript({ redis }, members.map(keys.connections), [])),
  )
  return new Map(
    tags.flatMap((members, tag) =>
      (found[tag] as [place: number, stored: string[]][]).map(([place, stored]) => [
        members[place - 1] ?? 0,
        pairsOf(stored).map(([id, text]) => parse(id, text)),
      ]),
    ),
  )
}

/** A hash as scripts return it: field, value, field, value. */
const pairsOf = (stored: readonly string[]): [string, string][] =>
  stored.flatMap((field, index) => (index % 2 === 0 ? [[field, stored[index + 1] ?? '']] : []))

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
