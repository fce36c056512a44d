/** Refusals: what a client is told of anything that goes wrong. */
import type { MiddlewareObj, Request } from '@middy/core'
import * as log from '../../core/log.ts'
import { isOutage } from '../../core/outage.ts'
import { Refusal } from '../../core/refusal.ts'

/**
 * Answers whatever is thrown by `reply`: a refusal as it is, an outage as one that makes sense again after
 * `retryAfterSeconds`, all else as a fault. Outages and faults are logged here and nowhere else.
 */
export function refusal<Event, Result>(
  retryAfterSeconds: number,
  reply: (refusal: Refusal, request: Request<Event, Result>) => Result,
): MiddlewareObj<Event, Result> {
  return {
    onError(request) {
      const told = refusalBehind(request.error, retryAfterSeconds)
      log.info('refused', { reason: told.reason, field: told.detail.field })
      request.response = reply(told, request)
    },
  }
}

function refusalBehind(error: unknown, retryAfterSeconds: number): Refusal {
  if (error instanceof Refusal) return error
  if (isOutage(error)) {
    log.error('a dependency is down', error)
    return new Refusal('UNAVAILABLE', { retryAfterSeconds })
  }
  log.error('fault', error)
  return new Refusal('FAULT')
}
