/**
 * Sessions: which tokens are still valid.
 *
 * A token is valid until it expires, unless its session was ended alone (a row in `sessions`) or all were after it was issued, as by
 * a change of the password (its epoch is behind the account's, and it is not the session that was kept). MySQL is
 * the source; Redis holds a copy for each user for an hour. A missing copy is loaded before a token is accepted.
 *
 * A change is announced in Redis before it is made: from then on copies live for 2 s, until the one that is loaded after the
 * commit. So whatever fails in between, a session that has ended counts no longer than that.
 */
import { randomUUID } from 'node:crypto'
import type { Updateable } from 'kysely'
import type { Clients, Stores } from '../../client/clients.ts'
import type { Tx } from '../../client/mysql.ts'
import * as keys from '../../core/keys.ts'
import { Refusal } from '../../core/refusal.ts'
import { epochOf } from '../../core/session-id.ts'
import * as token from '../../core/token.ts'
import type { UserTable } from '../../schema/tables.ts'
import { script, withTimeout } from '../store/script.ts'
import { lostAgain, stateOfSession } from '../store/session-state.ts'
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
  if (epoch == null) throw lostAgain()
  if (ended != null) return false
  return isFrom(sessionId, { session_epoch: Number(epoch), kept_session: keptSession ?? null })
}

/** Whether a session was opened after all had been ended the last time, or was kept then. */
export const isFrom = (
  sessionId: string,
  { session_epoch, kept_session }: { session_epoch: number; kept_session: string | null },
): boolean => epochOf(sessionId) >= session_epoch || kept_session === sessionId

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
  const commit = () =>
    transact({ db }, async (tx) => {
      await tx.insertInto('sessions').ignore().values(ended).execute()
      await tx.deleteFrom('open_sessions').where('user_id', '=', userId).where('session_id', '=', sessionId).execute()
    })
  await changing({ db, redis }, userId, commit)
}

/** Accounts that are as this says. */
interface Wanted {
  id: number
  /** The hash. */
  password?: string
}

/** How all sessions of an account end. */
interface End {
  /** The session that goes on. */
  kept?: string | undefined
  /** What else changes in the account's row. */
  set?: Updateable<UserTable>
}

// What is left has ended all the same, is not shown, and is swept when its tokens have expired.
const rowsAtOnce = 1_000

/**
 * Ends all sessions of an account, those of tokens without a row as well, and commits `more` with that. Returns the epoch from then on;
 * undefined when the account is not as wanted: then nothing is changed.
 */
export async function endAll(
  { db, redis }: Stores,
  wanted: Wanted,
  end: End = {},
  more: (tx: Tx) => Promise<void> = async () => {},
): Promise<number | undefined> {
  const commit = async (tx: Tx) => {
    const epoch = await endAllIn(tx, wanted, end)
    if (epoch !== undefined) await more(tx)
    return epoch
  }
  return await changing({ db, redis }, wanted.id, () => transact({ db }, commit))
}

/**
 * Ends all sessions of the account that is as wanted, by one statement on its row, and returns the epoch from then on. Undefined
 * when there is none. A concurrent log-in that has read the row before gets no token, or one that has ended.
 */
async function endAllIn(tx: Tx, wanted: Wanted, { kept, set }: End): Promise<number | undefined> {
  const { numUpdatedRows } = await tx
    .updateTable('users')
    .set((eb) => ({ ...set, session_epoch: eb('session_epoch', '+', 1), kept_session: kept ?? null }))
    .where((eb) => eb.and({ ...wanted }))
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) return undefined
  await tx
    .deleteFrom('open_sessions')
    .where('user_id', '=', wanted.id)
    .where('session_id', '<>', kept ?? '')
    .limit(rowsAtOnce)
    .execute()
  const { session_epoch } = await tx
    .selectFrom('users')
    .select('session_epoch')
    .where('id', '=', wanted.id)
    .executeTakeFirstOrThrow()
  return session_epoch
}

/**
 * Replaces the password and so ends every session, but the caller's unless it is renewed. Returns the epoch from then on; undefined
 * when `from` is no longer the hash.
 */
export async function replacePassword(
  { db, redis }: Stores,
  { userId, sessionId }: token.Claims,
  change: { from: string; to: string; isRenewed?: boolean },
): Promise<number | undefined> {
  const set = { password: change.to, updated_at: Date.now() }
  const kept = change.isRenewed ? undefined : sessionId
  return await endAll({ db, redis }, { id: userId, password: change.from }, { kept, set })
}
