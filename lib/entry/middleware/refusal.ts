/** Turns every error into the refusal that the client receives. */
import type { MiddlewareObj, Request } from '@middy/core'
import * as log from '../../core/log.ts'
import * as metric from '../../core/metric.ts'
import { isOutage } from '../../core/outage.ts'
import { Refusal } from '../../core/refusal.ts'
import { eventOf } from './trail.ts'

/**
 * Responds to an error with `reply`: to a refusal as it is, to an outage as UNAVAILABLE with `retryAfterSeconds`, to
 * anything else as FAULT. Outages and faults are logged here and nowhere else.
 */
export function refusal<Event, Result>(
  retryAfterSeconds: number,
  reply: (refusal: Refusal, request: Request<Event, Result>) => Result,
): MiddlewareObj<Event, Result> {
  return {
    onError(request) {
      const refused = asRefusal(request.error, retryAfterSeconds)
      // Whoever is above a limit asks on and on: the metric counts all.
      const write = refused.reason === 'TOO_MANY_REQUESTS' ? log.sampled : log.info
      write('refused', { event: eventOf(refused), reason: refused.reason, field: refused.detail.field })
      metric.put({ Refused: 1 }, { [refused.reason]: 1 })
      request.response = reply(refused, request)
    },
  }
}

function asRefusal(error: unknown, retryAfterSeconds: number): Refusal {
  if (error instanceof Refusal) return error
  if (isOutage(error)) {
    log.error('a dependency is down', error)
    return new Refusal('UNAVAILABLE', { retryAfterSeconds })
  }
  log.error('fault', error)
  return new Refusal('FAULT')
}
