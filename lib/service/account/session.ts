/**
 * Sessions: which tokens are still valid.
 *
 * A token is valid until it expires, unless its session was logged out (a row in `sessions`) or the password changed
 * after it was issued (its epoch is behind the account's, and it is not the session that changed the password). MySQL is
 * the source; Redis holds a copy for each user for an hour. A missing copy is loaded before a token is accepted.
 *
 * A change is announced in Redis before it is made: from then on copies live for 2 s, until the one that is loaded after the
 * commit. So whatever fails in between, a session that has ended counts no longer than that.
 */
import { randomUUID } from 'node:crypto'
import type { Clients, Stores } from '../../client/clients.ts'
import * as keys from '../../core/keys.ts'
import { Refusal } from '../../core/refusal.ts'
import { epochOf } from '../../core/session-id.ts'
import * as token from '../../core/token.ts'
import { script, withTimeout } from '../store/script.ts'
import { stateOfSession } from '../store/session-state.ts'
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
  return await stillActive(clients, token.verify(bearer))
}

/** Returns claims whose session is active. @throws Refusal SESSION_ENDED */
export async function stillActive(clients: SessionClients, claims: token.Claims): Promise<token.Claims> {
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
 * Copies a user's sessions from MySQL to Redis, and marks the connections of those that have ended.
 *
 * It merges and never overwrites, so that a session which ends between the read and the write stays ended. The copy lives for
 * a short time while changes are under way, but for `change`, which is over with this.
 */
export async function load({ db, redis }: Stores, userId: number, change = ''): Promise<void> {
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
  const { session, changingSession } = keys.ttlSeconds
  await merge(
    { redis },
    [keys.session(userId), keys.sessionChanges(userId), keys.connections(userId)],
    [session, changingSession, change, epoch, user?.kept_session ?? '', ...ended],
  )
}

// KEYS: session, changes under way, connections. ARGV: TTL, TTL while a change is under way, the change that is over, epoch, kept
// session, ended sessions. Keeps the greatest epoch and every ended session.
const merge = script(`${stateOfSession}
if tonumber(redis.call('hget', KEYS[1], 'epoch') or -1) < tonumber(ARGV[4]) then
  redis.call('hset', KEYS[1], 'epoch', ARGV[4], 'kept', ARGV[5])
end
for i = 6, #ARGV do redis.call('hset', KEYS[1], ARGV[i], '1') end
redis.call('srem', KEYS[2], ARGV[3])
redis.call('expire', KEYS[1], ARGV[redis.call('exists', KEYS[2]) + 1])

local connections = redis.call('hgetall', KEYS[3])
for i = 1, #connections, 2 do
  local stored = cjson.decode(connections[i + 1])
  if not stored.ended and stateOfSession(KEYS[1], stored.session) == 'ended' then
    stored.ended = true
    redis.call('hset', KEYS[3], connections[i], cjson.encode(stored))
  end
end
`)

// KEYS: session, changes under way. ARGV: the change, TTL of the changes, TTL of a copy while one is under way.
const announce = script(`
redis.call('sadd', KEYS[2], ARGV[1])
redis.call('expire', KEYS[2], ARGV[2])
redis.call('expire', KEYS[1], ARGV[3])
`)

/**
 * Changes a user's sessions in MySQL, by `commit`, and then in Redis. If Redis does not take the announcement, nothing is changed.
 * If it does not take the new copy, the outcome is reported as unknown, and who asks next finds no copy and loads it.
 */
async function changing<T>({ db, redis }: Stores, userId: number, commit: () => Promise<T>): Promise<T> {
  const change = randomUUID()
  const { change: announced, changingSession } = keys.ttlSeconds
  await announce({ redis }, [keys.session(userId), keys.sessionChanges(userId)], [change, announced, changingSession])
  const result = await commit()
  await load({ db, redis }, userId, change)
  return result
}

/** Ends one session: its token is refused from now on. Idempotent. */
export async function end({ db, redis }: Stores, { userId, sessionId, expiresAt }: token.Claims): Promise<void> {
  const ended = { user_id: userId, session_id: sessionId, expires_at: expiresAt * 1000 }
  await changing({ db, redis }, userId, () => db.insertInto('sessions').ignore().values(ended).execute())
}

/**
 * Replaces the password and so ends every session, but the caller's unless it is renewed. Returns false when `from` is no longer the hash.
 *
 * One statement changes both hash and epoch, so a concurrent log-in with the old hash gets a token that has ended.
 */
export async function replacePassword(
  { db, redis }: Stores,
  { userId, sessionId }: token.Claims,
  change: { from: string; to: string; isRenewed?: boolean },
): Promise<boolean> {
  const replace = () =>
    transact({ db }, (tx) =>
      tx
        .updateTable('users')
        .set((eb) => ({
          password: change.to,
          session_epoch: eb('session_epoch', '+', 1),
          kept_session: change.isRenewed ? null : sessionId,
          updated_at: Date.now(),
        }))
        .where('id', '=', userId)
        .where('password', '=', change.from)
        .executeTakeFirst(),
    )
  const { numUpdatedRows } = await changing({ db, redis }, userId, replace)
  return numUpdatedRows > 0n
}
