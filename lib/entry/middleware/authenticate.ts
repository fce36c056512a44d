/** Authentication. */
import type { MiddlewareObj } from '@middy/core'
import { redis } from '../../client/redis.ts'
import * as log from '../../core/log.ts'
import type { Claims } from '../../core/token.ts'
import * as session from '../../service/account/session.ts'
import { bearerOf, type TokenSources } from '../bearer.ts'
import { loadSession } from '../load-session.ts'

export interface Authenticated {
  caller: Claims
}

/**
 * Identifies the caller by the token of the event.
 *
 * @throws Refusal TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED, SESSION_ENDED
 */
export function authenticate<Event>(
  tokenSourcesOf: (event: Event) => TokenSources,
): MiddlewareObj<Event & Authenticated> {
  return {
    async before({ event }) {
      const caller = await session.authenticate({ redis, loadSession }, bearerOf(tokenSourcesOf(event)))
      Object.assign(event, { caller })
      log.addContext({ user_id: caller.userId })
    },
  }
}
