/** A connection that opens: within the limits of its user, and in place of the user's oldest one. */
import type { Clients } from '../../client/clients.ts'
import { Refusal } from '../../core/refusal.ts'
import { tooMany } from '../store/rate-limit.ts'
import { endOldest } from './dismissal.ts'
import * as presence from './presence.ts'

/**
 * Adds a connection. If it is one too many, the oldest is told so and closed.
 *
 * @throws Refusal SESSION_ENDED, TOKEN_EXPIRED, TOO_MANY_REQUESTS, UNAVAILABLE
 */
export async function open(
  clients: Pick<Clients, 'redis' | 'gateway'>,
  connection: presence.Connection,
): Promise<void> {
  await endOldest(clients, await admit(clients, connection, Date.now()))
}

/**
 * Adds a connection that opens; returns those that had to give way to it.
 *
 * Its session was active a moment ago, when the authorizer looked. If Redis has lost it since, the client has to come again.
 *
 * @throws Refusal SESSION_ENDED, TOKEN_EXPIRED, TOO_MANY_REQUESTS, UNAVAILABLE
 */
export async function admit(
  clients: Pick<Clients, 'redis'>,
  connection: presence.Connection,
  now: number,
): Promise<readonly string[]> {
  if (now >= connection.expiresAt) throw new Refusal('TOKEN_EXPIRED')
  const { session, waitMs, oldest } = await presence.arrive(clients, connection, now)
  if (waitMs > 0) throw tooMany(waitMs)
  if (session === 'active') return oldest
  if (session === 'ended') throw new Refusal('SESSION_ENDED')
  await presence.leave(clients, connection.userId, connection.id)
  throw new Refusal('UNAVAILABLE')
}
