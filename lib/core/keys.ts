/**
 * Every Redis key, with its type and time to live.
 *
 * All keys of one user share a hash tag, so that one script can touch them in cluster mode. Nothing here is the only home
 * of anything: connections come back with their next frame, sessions from MySQL.
 */

/**
 * Users share so many hash tags, dealt out by their ids: what is asked of many users is one command a tag, so no list of
 * friends takes more commands than this, and no cluster finds work for more nodes.
 *
 * Another number makes other keys: connections come back as after a flush, and the old keys expire.
 */
const tagCount = 64

const tagOf = (userId: number): string => `{u${userId % tagCount}}`

/** Sorted set of the users of one tag: user id → time a connection of theirs was last heard from, ms. TTL `connection`. */
export const lastHeard = (userId: number): string => `${tagOf(userId)}:heard`

/** Hash: connection id → JSON of what presence keeps of it. TTL `connection`. */
export const connections = (userId: number): string => `${tagOf(userId)}:${userId}:connections`

/** Set: connection ids that missed a post and are told to catch up at their next frame. TTL `connection`. */
export const missed = (userId: number): string => `${tagOf(userId)}:${userId}:missed`

/** Hash: `epoch` and `kept` (see service/account/session), and a field for each ended session. TTL `session`. */
export const session = (userId: number): string => `${tagOf(userId)}:${userId}:session`

/** Hash: `tokens` left in the sender's bucket and the time `at` which that was, ms. TTL `rate`. */
export const messageRate = (userId: number): string => `${tagOf(userId)}:${userId}:rate`

/**
 * String: attempts within the current minute. TTL `rate`. Of a text from outside that UTF-8 has no bytes for, the client
 * would work out another slot than Redis, and be sent from node to node.
 */
export const attempts = (kind: 'address' | 'account', id: string): string => `attempts:${kind}:${id.toWellFormed()}`

export const ttlSeconds = {
  /** The gateway ends a connection after two hours. */
  connection: 2 * 3600 + 600,
  session: 3600,
  rate: 60,
} as const

/** Never written: reading it shows that Redis answers. */
export const health = 'health'
