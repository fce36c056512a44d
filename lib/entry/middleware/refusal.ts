/** Turns every error into the refusal that the client receives. */
import type { MiddlewareObj, Request } from '@middy/core'
import * as log from '../../core/log.ts'
import * as metric from '../../core/metric.ts'
import { isOutage } from '../../core/outage.ts'
import { type Reason, Refusal } from '../../core/refusal.ts'
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
      note(refused, 'call')
      request.response = reply(refused, request)
    },
  }
}

// Each is told, with who it was; limits of their own keep them few.
const toldEach = new Set<Reason>(['BAD_CREDENTIALS', 'WRONG_PASSWORD'])

/**
 * Logs a refusal and counts it: a line a second for each reason, at calls and frames and at upgrades, since whoever is refused may
 * ask on and on. The count is of all.
 */
export function note(refused: Refusal, door: 'call' | 'upgrade', more: log.Fields = {}): void {
  const { reason, detail } = refused
  const fields = { event: eventOf(refused), reason, field: detail.field, ...more }
  const isTold = toldEach.has(reason)
  if (isTold) log.info('refused', fields)
  const count = isTold ? 1 : log.sampled('refused', `${reason} ${door}`, fields)
  if (count > 0) metric.put({ Refused: count }, { [reason]: count })
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
