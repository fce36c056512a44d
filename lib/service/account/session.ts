/**
 * Sessions: which tokens still count.
 *
 * A token stands until it expires, unless it was logged out (a row in `sessions`) or the password changed after it was
 * issued (its epoch is behind the account's, and it is not the session that changed the password). MySQL knows; Redis
 * holds a copy per user for an hour, and one that is not there is loaded before any token is taken.
 */
import type { Clients, Stores } from '../../client/clients.ts'
import * as keys from '../../core/keys.ts'
import { Refusal } from '../../core/refusal.ts'
import { epochOf } from '../../core/session-id.ts'
import * as token from '../../core/token.ts'
import { script, withTimeout } from '../store/script.ts'
import { transact } from '../store/transaction.ts'

/** Copies a user's sessions to Redis, as `load` does. */
export type LoadSession = (userId: number) => Promise<void>

/** What a check needs: `loadSession` is called only when Redis does not know the user. */
export interface SessionClients extends Pick<Clients, 'redis'> {
  loadSession: LoadSession
}

/**
 * Who is calling: the claims of a token whose session stands.
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
  let [epoch, kept, ended] = await withTimeout(redis.hmget(key, 'epoch', 'kept', sessionId))
  if (epoch == null) {
    await loadSession(userId)
    ;[epoch, kept, ended] = await withTimeout(redis.hmget(key, 'epoch', 'kept', sessionId))
  }
  if (epoch == null || ended != null) return false
  return epochOf(sessionId) >= Number(epoch) || kept === sessionId
}

/**
 * Copies what MySQL knows of a user's sessions to Redis.
 *
 * Merging, never overwriting: an end written between our read and our write stays.
 */
export async function load({ db, redis }: Stores, userId: number): Promise<void> {
  const rows = await db
    .selectFrom('users')
    .leftJoin('sessions', 'sessions.user_id', 'users.id')
    .select(['session_epoch', 'kept_session', 'session_id'])
    .where('users.id', '=', userId)
    .execute()
  const [user] = rows
  // No such account (any more): an epoch that no token reaches.
  const epoch = user ? user.session_epoch : Number.MAX_SAFE_INTEGER
  const ended = rows.flatMap((row) => row.session_id ?? [])
  await merge({ redis }, [keys.session(userId)], [keys.ttlSeconds.session, epoch, user?.kept_session ?? '', ...ended])
}

// The greatest epoch wins, ended sessions add up.
const merge = script(`
if tonumber(redis.call('hget', KEYS[1], 'epoch') or -1) < tonumber(ARGV[2]) then
  redis.call('hset', KEYS[1], 'epoch', ARGV[2], 'kept', ARGV[3])
end
for i = 4, #ARGV do redis.call('hset', KEYS[1], ARGV[i], '1') end
redis.call('expire', KEYS[1], ARGV[1])
`)

/** Ends one session: its token is refused from now on. Repeating it changes nothing. */
export async function end({ db, redis }: Stores, { userId, sessionId, expiresAt }: token.Claims): Promise<void> {
  await db
    .insertInto('sessions')
    .ignore()
    .values({ user_id: userId, session_id: sessionId, expires_at: expiresAt * 1000 })
    .execute()
  await load({ db, redis }, userId)
}

/**
 * Replaces the password, which ends every session but the one that asks.
 *
 * The epoch moves with the hash in one statement, so a log-in that had read the old hash gets a token that has ended.
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
