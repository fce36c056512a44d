/** Sessions as their user sees them: each from its log-in on, with its device, until it has ended. */
import { sql } from 'kysely'
import type { Clients, Stores } from '../../client/clients.ts'
import { config } from '../../core/config.ts'
import * as keys from '../../core/keys.ts'
import { Refusal } from '../../core/refusal.ts'
import { newSessionId } from '../../core/session-id.ts'
import * as token from '../../core/token.ts'
import { Page, type PageQuery, pageLength } from '../../wire/page.ts'
import type { OpenSession, SessionEnd, SessionsEnd } from '../../wire/session.ts'
import * as delivery from '../connection/delivery.ts'
import * as recipient from '../connection/recipient.ts'
import { withTimeout } from '../store/script.ts'
import * as session from './session.ts'

/** An account as it was read when the password was verified. */
interface Verified {
  id: number
  username: string
  sessionEpoch: number
}

/**
 * Opens a session, and returns its token. One statement.
 *
 * Undefined if all sessions of the account have ended since it was read: whoever ends them waits for the lock on its row, or this
 * does, so none is kept that has ended.
 */
export async function open(
  { db }: Pick<Clients, 'db'>,
  key: token.TokenKey,
  user: Verified,
  { device, address }: { device: string; address: string },
): Promise<string | undefined> {
  const sessionId = newSessionId(user.sessionEpoch)
  const now = Date.now()
  const { numAffectedRows = 0n } = await sql`
    insert into open_sessions (user_id, session_id, device, address, created_at, expires_at)
    select u.id, ${sessionId}, ${device}, ${address}, ${now}, ${now + config.tokenTtlSeconds * 1000} from users as u
    where u.id = ${user.id} and u.session_epoch = ${user.sessionEpoch} lock in share mode`.execute(db)
  return numAffectedRows > 0n ? token.issue(key, user, sessionId) : undefined
}

/** The caller's open sessions, the latest log-in first. A page may hold fewer than it could. */
export async function list(
  { db, redis }: Stores,
  { userId, sessionId }: token.Claims,
  { cursor }: PageQuery = {},
): Promise<Page<OpenSession>> {
  const now = Date.now()
  const rows = await db
    .selectFrom('open_sessions as s')
    .innerJoin('users as u', 'u.id', 's.user_id')
    .select(['s.id', 's.session_id', 's.device', 's.address', 's.created_at', 's.expires_at'])
    .select(['u.session_epoch', 'u.kept_session'])
    .where('s.user_id', '=', userId)
    .where('s.id', '<', Number(cursor ?? Number.MAX_SAFE_INTEGER))
    .orderBy('s.id', 'desc')
    .limit(pageLength)
    .execute()
  const open = rows.filter((row) => row.expires_at > now && session.isFrom(row.session_id, row))
  const sessionIds = open.map(({ session_id }) => session_id)
  const seen = await seenAt({ redis }, userId, sessionIds)
  const connections = (await recipient.recipientsOf({ redis }, [userId])).get(userId) ?? []
  const bySession = Map.groupBy(
    connections.filter((one) => !recipient.overBy(one, now)),
    (one) => one.sessionId,
  )
  const items = open.map(({ session_id, session_epoch: _epoch, kept_session: _kept, ...shown }, index) => {
    const sockets = bySession.get(session_id) ?? []
    return {
      ...shown,
      seen_at: Math.max(shown.created_at, seen[index] ?? 0, ...sockets.map(({ heardAt }) => heardAt)),
      online: sockets.length > 0,
      current: session_id === sessionId,
    }
  })
  return new Page(items, rows.length === pageLength ? { cursor: String(rows.at(-1)?.id) } : undefined)
}

/** When sessions of a user last called over HTTP or opened a socket, ms, in their order; 0 for what Redis does not know. */
async function seenAt(
  { redis }: Pick<Clients, 'redis'>,
  userId: number,
  sessionIds: readonly string[],
): Promise<number[]> {
  const times = await withTimeout(Promise.all(sessionIds.map((id) => redis.get(keys.seen(userId, id)))))
  return times.map(Number)
}

/**
 * Ends one of the caller's sessions and closes its sockets.
 *
 * @throws Refusal SESSION_NOT_FOUND - absent, another's, or ended. What an earlier call has ended is ended all the same.
 */
export async function endOne(clients: Clients, { userId, username }: token.Claims, given: SessionEnd): Promise<void> {
  const found = await clients.db
    .selectFrom('open_sessions')
    .select(['session_id as sessionId', 'expires_at'])
    .where('id', '=', given.session_id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  if (found) {
    const { sessionId, expires_at } = found
    await session.end(clients, { userId, username, sessionId, expiresAt: Math.ceil(expires_at / 1000) })
  } else await session.load(clients, userId)
  await delivery.closeSessions(clients, userId)
  if (!found) throw new Refusal('SESSION_NOT_FOUND')
}

/** Ends all other sessions of the caller, and this one on request, and closes their sockets. Tokens without a row end, too. */
export async function endAll(
  clients: Clients,
  { userId, sessionId }: token.Claims,
  { include_current }: SessionsEnd,
): Promise<void> {
  await session.endAll(clients, { id: userId }, { kept: include_current ? undefined : sessionId })
  await delivery.closeSessions(clients, userId)
}
