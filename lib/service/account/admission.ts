/** Whether a call is let in: its session counts, and its user's budget allows it. Redis is asked once for both. */
import * as keys from '../../core/keys.ts'
import type { LimitName } from '../../core/limits.ts'
import { Refusal } from '../../core/refusal.ts'
import * as token from '../../core/token.ts'
import { budgetOf, takeFromBudget, tooMany } from '../store/rate-limit.ts'
import { script } from '../store/script.ts'
import { lostAgain, type SessionState, stateOfSession } from '../store/session-state.ts'
import type { SessionClients } from './session.ts'

// KEYS: session, budget, when the session was seen. ARGV: the session's id, now, ms that one unit takes to come back, ms that all take,
// units to take, TTL of the time. Returns the session's state, and the ms until so many can be taken. Only active sessions take from their user's budget.
const admitScript = script(`${stateOfSession}${takeFromBudget}
local state = stateOfSession(KEYS[1], ARGV[1])
if state ~= 'active' then return {state, 0} end
redis.call('set', KEYS[3], ARGV[2], 'ex', ARGV[6])
return {state, takeFromBudget(KEYS[2], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]))}
`)

/**
 * Returns the claims of a token whose session is active, and takes one from the named budget of its user.
 *
 * @throws Refusal TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED, SESSION_ENDED, TOO_MANY_REQUESTS
 */
export async function admit(
  clients: SessionClients,
  bearer: string | undefined,
  budget: LimitName,
): Promise<token.Claims> {
  if (!bearer) throw new Refusal('TOKEN_MISSING')
  const claims = token.verify(bearer)
  let [state, waitMs] = await ask(clients, claims, budget)
  if (state === 'unloaded') {
    await clients.loadSession(claims.userId)
    ;[state, waitMs] = await ask(clients, claims, budget)
  }
  if (state === 'unloaded') throw lostAgain()
  if (state !== 'active') throw new Refusal('SESSION_ENDED')
  if (waitMs > 0) throw tooMany(waitMs)
  return claims
}

async function ask(
  { redis }: Pick<SessionClients, 'redis'>,
  { userId, sessionId }: token.Claims,
  budget: LimitName,
): Promise<[SessionState, number]> {
  const reply = await admitScript(
    { redis },
    [keys.session(userId), keys.limit(budget, userId), keys.seen(userId, sessionId)],
    [sessionId, ...budgetOf(budget), keys.ttlSeconds.seen],
  )
  return reply as [SessionState, number]
}
