/**
 * Every Redis key, with its type and time to live.
 *
 * All keys of one user share the hash tag `{user}`, so that one script can touch them in cluster mode. Nothing here is
 * the only home of anything: connections come back with their next frame, sessions from MySQL.
 */

/** Hash: connection id → JSON of its connect time, whether it takes batches, and the session. TTL `connection`. */
export const connections = (userId: number | '*'): string => `{${userId}}:connections`

/** Sorted set: connection id → time it was last heard from, ms. TTL `connection`. */
export const presence = (userId: number): string => `{${userId}}:presence`

/** Set: connection ids that missed a post and are told to catch up at their next frame. TTL `connection`. */
export const missed = (userId: number): string => `{${userId}}:missed`

/** Hash: `epoch` and `kept` (see service/session), and a field for each ended session. TTL `session`. */
export const session = (userId: number): string => `{${userId}}:session`

/** Hash: `tokens` left in the sender's bucket and the time `at` which that was, ms. TTL `rate`. */
export const messageRate = (userId: number): string => `{${userId}}:rate`

/** String: attempts within the current minute. TTL `rate`. */
export const attempts = (kind: 'address' | 'account', id: string): string => `attempts:${kind}:${id}`

export const ttlSeconds = {
  /** The gateway ends a connection after two hours. */
  connection: 2 * 3600 + 600,
  session: 3600,
  rate: 60,
} as const

/** Never written: reading it shows that Redis answers. */
export const health = 'health'
