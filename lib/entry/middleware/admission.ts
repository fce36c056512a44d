/** Who may call over HTTP, and how often. */
import type { MiddlewareObj } from '@middy/core'
import { redis } from '../../client/redis.ts'
import type { LimitName } from '../../core/limits.ts'
import * as log from '../../core/log.ts'
import { admit } from '../../service/account/admission.ts'
import { bearerOf, type TokenSources } from '../bearer.ts'
import { loadSession } from '../load-session.ts'
import type { Authenticated } from './authenticate.ts'

/**
 * Identifies the caller by the token of the event, and takes one from a budget of the caller.
 *
 * @throws Refusal TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED, SESSION_ENDED, TOO_MANY_REQUESTS
 */
export function admission<Event>(
  tokenSourcesOf: (event: Event) => TokenSources,
  budgetOf: (event: Event) => LimitName,
): MiddlewareObj<Event & Authenticated> {
  return {
    async before({ event }) {
      const caller = await admit({ redis, loadSession }, bearerOf(tokenSourcesOf(event)), budgetOf(event))
      Object.assign(event, { caller })
      log.addContext({ user_id: caller.userId })
    },
  }
}
