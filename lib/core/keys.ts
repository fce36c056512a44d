/**
 * Every Redis key, with its type and time to live.
 *
 * All keys of one user share a hash tag, so that one script can use them in cluster mode. Nothing that must last
 * is in Redis alone: connections come back with their next frame, sessions from MySQL.
 */
import type { LimitName } from './limits.ts'

/**
 * The number of hash tags; a user's id decides the tag. A query over many users is one command a tag, so this bounds the
 * commands of a friend list, and also the number of cluster nodes that can share the work.
 *
 * Changing it changes the keys: connections come back as after a flush, and the old keys expire.
 */
const tagCount = 64

const tagOf = (userId: number): string => `{u${userId % tagCount}}`

/**
 * Sorted set of the users of one tag: user id → when the next frame is due on the connection that may be silent longest, ms.
 * TTL `connection`.
 *
 * Its name is older than its scores, which were the times of the last frames: read as they are now, they make a user
 * online for 30 s less, until the next frame.
 */
export const due = (userId: number): string => `${tagOf(userId)}:heard`

/**
 * Sorted set of the users of one tag: user id → when to look whether their friends have been told what is so, ms (see
 * service/connection/look). TTL `connection`.
 */
export const looks = (userId: number): string => `${tagOf(userId)}:looks`

/** Set of the users of one tag whose friends were told last that they are online. TTL `connection`. */
export const announced = (userId: number): string => `${tagOf(userId)}:announced`

/** Sorted set of the users of one tag of whom friends are told nothing more for a while: user id → until when, ms. TTL `connection`. */
export const quiet = (userId: number): string => `${tagOf(userId)}:quiet`

/** A user's id for each tag, who need not exist: for what looks at all users. */
export const ofEachTag: readonly number[] = Array.from({ length: tagCount }, (_, tag) => tag)

/** Hash: connection id → its description as JSON (see service/connection/presence). TTL `connection`. */
export const connections = (userId: number): string => `${tagOf(userId)}:${userId}:connections`

/** Sorted set of the connections of users of one tag: connection id → when it was told that it is behind, ms. TTL `told`. */
export const told = (userId: number): string => `${tagOf(userId)}:told`

/** Set: ids of connections that missed a post; their next frame is answered with `resync`. TTL `connection`. */
export const missed = (userId: number): string => `${tagOf(userId)}:${userId}:missed`

/** Hash: `epoch`, `kept` (the session that changed the password), and a field for each ended session. TTL `session`. */
export const session = (userId: number): string => `${tagOf(userId)}:${userId}:session`

/** Hash: a ticket, named by its hash: the `claims` that it stands for as JSON, and the call that has `taken` it. TTL `ticket`. */
export const ticket = (userId: number, hash: string): string => `${tagOf(userId)}:${userId}:ticket:${hash}`

/** String: when a session last called over HTTP or opened a socket, ms. TTL `seen`. */
export const seen = (userId: number, sessionId: string): string => `${tagOf(userId)}:${userId}:seen:${sessionId}`

/** Set: ids of the changes to a user's sessions that are under way in MySQL (see service/account/session). TTL `change`. */
export const sessionChanges = (userId: number): string => `${tagOf(userId)}:${userId}:session-changes`

/**
 * Hash: the sender's token bucket, as the `tokens` left `at` a time in ms, the frames `beyond` it, and the call that was `told` to
 * catch up. TTL `rate`.
 */
export const messageRate = (userId: number): string => `${tagOf(userId)}:${userId}:rate`

/** Hash: the call that a user is in (see service/call/state). TTL `call`. */
export const call = (userId: number): string => `${tagOf(userId)}:${userId}:call`

/**
 * String: when the limit's budget will be full again, ms (see service/store/rate-limit). TTL: until then.
 *
 * Lone surrogates are replaced: ioredis and Redis would compute different slots for them, and redirect without end.
 */
export const limit = (name: LimitName, id: number | string): string =>
  typeof id === 'number' ? `${tagOf(id)}:${id}:limit:${name}` : `limit:${name}:${id.toWellFormed()}`

const accountOf = (id: number | string): string => (typeof id === 'number' ? `${tagOf(id)}:${id}` : `{${id}}`)

/**
 * Hash: an account's `failures` in a row, and `until` when the next attempt has to wait, ms. `who` is a known network as a hash, or
 * `others`. An account is a user's id, or the hash of a name that nobody has. TTL `failures`, after the wait.
 */
export const failures = (account: number | string, who: string): string => `${accountOf(account)}:failures:${who}`

/** String: exists while a network is known to an account, as a hash of both. TTL: `KNOWN_ADDRESS_DAYS`. */
export const knownNetwork = (account: number | string, network: string): string =>
  `${accountOf(account)}:known:${network}`

export const ttlSeconds = {
  /** The gateway ends a connection after two hours. */
  connection: 2 * 3600 + 600,
  session: 3600,
  /** At most: it ends with its token, too. */
  ticket: 30,
  /** Of a copy that a change under way may make wrong. */
  changingSession: 2,
  /** Longer than any function may take to commit. */
  change: 60,
  rate: 60,
  /** As long as tokens live by default. */
  seen: 72 * 3600,
  /** Only the last second counts. */
  told: 10,
  /** Longer than a call is alive without a word; what is over is remembered for those who hear of it again. */
  call: 600,
  /** A week without an attempt. */
  failures: 7 * 24 * 3600,
} as const

/** Never written: reading it shows that Redis responds. */
export const health = 'health'
