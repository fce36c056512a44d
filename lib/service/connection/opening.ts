/** A connection that opens: within the limits of its address and its user, and in place of the user's oldest one. */
import type { Clients } from '../../client/clients.ts'
import { networkOf } from '../../core/network.ts'
import { spend } from '../store/rate-limit.ts'
import { endOldest } from './dismissal.ts'
import * as presence from './presence.ts'

/**
 * Adds a connection that `address` opens. If it is one too many, the oldest is told so and closed.
 *
 * @throws Refusal SESSION_ENDED, TOKEN_EXPIRED, TOO_MANY_REQUESTS, UNAVAILABLE
 */
export async function open(
  clients: Pick<Clients, 'redis' | 'gateway'>,
  connection: presence.Connection,
  address: string,
): Promise<void> {
  await spend(clients, 'upgradesOfAddress', networkOf(address))
  await endOldest(clients, await presence.admit(clients, connection, Date.now()))
}
