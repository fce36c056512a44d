/** A connection that opens: within the limits of its user, and in place of the user's oldest one. */
import type { Clients } from '../../client/clients.ts'
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
  await endOldest(clients, await presence.admit(clients, connection, Date.now()))
}
