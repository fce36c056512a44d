/** Limits how often a user may call. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { redis } from '../../client/redis.ts'
import type { LimitName } from '../../core/limits.ts'
import { spend } from '../../service/store/rate-limit.ts'
import type { Authenticated } from './authenticate.ts'
import type { Input, Validated } from './validate.ts'

/** The budget that a call takes from unless its route names one: that of reads or of writes, by the method. */
export const usualBudget = ({ requestContext: { http } }: APIGatewayProxyEventV2): LimitName =>
  http.method === 'GET' ? 'reads' : 'writes'

/**
 * Takes what a call costs beyond the one that it was let in for.
 *
 * @throws Refusal TOO_MANY_REQUESTS
 */
export function surcharge<Body, Query>(
  costOf: (input: Input<Body, Query>) => number,
  name?: LimitName,
): MiddlewareObj<APIGatewayProxyEventV2 & Authenticated & Validated<Body, Query>> {
  return {
    async before({ event }) {
      const more = costOf(event.input) - 1
      if (more > 0) await spend({ redis }, name ?? usualBudget(event), event.caller.userId, more)
    },
  }
}
