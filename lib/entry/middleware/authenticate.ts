/** Authentication at the upgrade of a socket. */
import type { MiddlewareObj } from '@middy/core'
import { redis } from '../../client/redis.ts'
import * as log from '../../core/log.ts'
import type { Claims } from '../../core/token.ts'
import * as session from '../../service/account/session.ts'
import * as ticket from '../../service/account/ticket.ts'
import { bearerOf, type TokenSources } from '../bearer.ts'
import { loadSession } from '../load-session.ts'

export interface Authenticated {
  caller: Claims
}

/**
 * Identifies the caller by the ticket of the event, which is taken by that, or else by its token. A ticket that does not count is
 * not passed over.
 *
 * @throws Refusal TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED, SESSION_ENDED
 */
export function authenticate<Event>(
  tokenSourcesOf: (event: Event) => TokenSources,
  ticketOf: (event: Event) => string | undefined,
): MiddlewareObj<Event & Authenticated> {
  const clients = { redis, loadSession }
  return {
    async before({ event }) {
      const given = ticketOf(event)
      const caller = given
        ? await ticket.redeem(clients, given)
        : await session.authenticate(clients, bearerOf(tokenSourcesOf(event)))
      Object.assign(event, { caller })
      log.addContext({ user_id: caller.userId })
    },
  }
}
