/** Who may call over HTTP, and how often. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { redis } from '../../client/redis.ts'
import type { LimitName } from '../../core/limits.ts'
import * as log from '../../core/log.ts'
import { admit } from '../../service/account/admission.ts'
import { bearerOf, type TokenSources } from '../bearer.ts'
import { loadSession } from '../load-session.ts'
import type { Authenticated } from './authenticate.ts'

/**
 * Identifies the caller by the token of the event, and takes one from a budget of the caller: the named one, else that of reads
 * or of writes, by the method.
 *
 * @throws Refusal TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED, SESSION_ENDED, TOO_MANY_REQUESTS
 */
export function admission(
  tokenSourcesOf: (event: APIGatewayProxyEventV2) => TokenSources,
  budget?: LimitName,
): MiddlewareObj<APIGatewayProxyEventV2 & Authenticated> {
  return {
    async before({ event }) {
      const usual = event.requestContext.http.method === 'GET' ? 'reads' : 'writes'
      const caller = await admit({ redis, loadSession }, bearerOf(tokenSourcesOf(event)), budget ?? usual)
      Object.assign(event, { caller })
      log.addContext({ user_id: caller.userId })
    },
  }
}
