/**
 * Sessions: which tokens are still valid.
 *
 * A token is valid until it expires, unless its session was logged out (a row in `sessions`) or the password changed
 * after it was issued (its epoch is behind the account's, and it is not the session that changed the password). MySQL is
 * the source; Redis holds a copy for each user for an hour. A missing copy is loaded before a token is accepted.
 */
import type { Clients, Stores } from '../../client/clients.ts'
import * as keys from '../../core/keys.ts'
import { Refusal } from '../../core/refusal.ts'
import { epochOf } from '../../core/session-id.ts'
import * as token from '../../core/token.ts'
import { script, withTimeout } from '../store/script.ts'
import { transact } from '../store/transaction.ts'

/** Copies a user's sessions from MySQL to Redis, as `load` does. */
export type LoadSession = (userId: number) => Promise<void>

/** The clients of a session check. `loadSession` is called only when Redis has no copy. */
export interface SessionClients extends Pick<Clients, 'redis'> {
  loadSession: LoadSession
}

/**
 * Returns the claims of a token whose session is active.
 *
 * @throws Refusal TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED, SESSION_ENDED
 */
export async function authenticate(clients: SessionClients, bearer: string | undefined): Promise<token.Claims> {
  if (!bearer) throw new Refusal('TOKEN_MISSING')
  const claims = token.verify(bearer)
  if (!(await isActive(clients, claims))) throw new Refusal('SESSION_ENDED')
  return claims
}

async function isActive({ redis, loadSession }: SessionClients, { userId, sessionId }: token.Claims): Promise<boolean> {
  const key = keys.session(userId)
  let [epoch, keptSession, ended] = await withTimeout(redis.hmget(key, 'epoch', 'kept', sessionId))
  if (epoch == null) {
    await loadSession(userId)
    ;[epoch, keptSession, ended] = await withTimeout(redis.hmget(key, 'epoch', 'kept', sessionId))
  }
  if (epoch == null || ended != null) return false
  return epochOf(sessionId) >= Number(epoch) || keptSession === sessionId
}

/**
 * Copies a user's sessions from MySQL to Redis.
 *
 * It merges and never overwrites, so that a session which ends between the read and the write stays ended.
 */
export async function load({ db, redis }: Stores, userId: number): Promise<void> {
  const rows = await db
    .selectFrom('users')
    .leftJoin('sessions', 'sessions.user_id', 'users.id')
    .select(['session_epoch', 'kept_session', 'session_id'])
    .where('users.id', '=', userId)
    .execute()
  const [user] = rows
  // There is no such account: no token reaches this epoch.
  const epoch = user ? user.session_epoch : Number.MAX_SAFE_INTEGER
  const ended = rows.flatMap((row) => row.session_id ?? [])
  await merge({ redis }, [keys.session(userId)], [keys.ttlSeconds.session, epoch, user?.kept_session ?? '', ...ended])
}

// KEYS: session. ARGV: TTL, epoch, kept session, ended sessions. Keeps the greatest epoch and every ended session.
const merge = script(`
if tonumber(redis.call('hget', KEYS[1], 'epoch') or -1) < tonumber(ARGV[2]) then
  redis.call('hset', KEYS[1], 'epoch', ARGV[2], 'kept', ARGV[3])
end
for i = 4, #ARGV do redis.call('hset', KEYS[1], ARGV[i], '1') end
redis.call('expire', KEYS[1], ARGV[1])
`)

/** Ends one session: its token is refused from now on. Idempotent. */
export async function end({ db, redis }: Stores, { userId, sessionId, expiresAt }: token.Claims): Promise<void> {
  await db
    .insertInto('sessions')
    .ignore()
    .values({ user_id: userId, session_id: sessionId, expires_at: expiresAt * 1000 })
    .execute()
  await load({ db, redis }, userId)
}

/**
 * Replaces the password and so ends every session but the caller's. Returns false when `from` is no longer the hash.
 *
 * One statement changes both hash and epoch, so a concurrent log-in with the old hash gets a token that has ended.
 */
export async function replacePassword(
  { db, redis }: Stores,
  { userId, sessionId }: token.Claims,
  change: { from: string; to: string },
): Promise<boolean> {
  const replaced = await transact({ db }, (tx) =>
    tx
      .updateTable('users')
      .set((eb) => ({
        password: change.to,
        session_epoch: eb('session_epoch', '+', 1),
        kept_session: sessionId,
        updated_at: Date.now(),
      }))
      .where('id', '=', userId)
      .where('password', '=', change.from)
      .executeTakeFirst(),
  )
  if (replaced.numUpdatedRows === 0n) return false
  await load({ db, redis }, userId)
  return true
}
