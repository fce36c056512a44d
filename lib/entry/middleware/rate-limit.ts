/** Limits how often a user may call. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { redis } from '../../client/redis.ts'
import type { LimitName } from '../../core/limits.ts'
import { spend } from '../../service/store/rate-limit.ts'
import type { Authenticated } from './authenticate.ts'

/**
 * Takes one from the caller's budget: the named one, else that of reads or of writes by the method.
 *
 * @throws Refusal TOO_MANY_REQUESTS
 */
export function rateLimit(name?: LimitName): MiddlewareObj<APIGatewayProxyEventV2 & Authenticated> {
  return {
    async before({ event }) {
      const usual = event.requestContext.http.method === 'GET' ? 'reads' : 'writes'
      await spend({ redis }, name ?? usual, event.caller.userId)
    },
  }
}
