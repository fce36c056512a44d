/** The middleware stack of every entry: hooks around the work, outermost first, in the log context of the event. */
import middy, { type MiddlewareObj } from '@middy/core'
import type { Context } from 'aws-lambda'
import * as log from '../core/log.ts'

/**
 * Returns a handler that runs `work` inside `hooks`; every line that they log carries `fields`.
 *
 * `Extended` is the event with what the hooks add to it. An error that no hook turns into a response is rethrown. Work that
 * uses up the function's time fails 5 ms before the end, so that the hooks can still respond or log; the work itself is not
 * cancelled.
 */
export function stack<Event, Extended extends Event, Result>(
  fields: (event: Event, context: Context) => log.Fields,
  hooks: MiddlewareObj<Extended, Result>[],
  work: (event: Extended, context: Context) => Promise<Result>,
  options: middy.PluginObject = {},
): (event: Event, context: Context) => Promise<Result> {
  const handler = middy<Extended, Result>(work, options)
  handler.use(hooks)
  return (event, context) => log.withContext(fields(event, context), () => handler(event as Extended, context))
}
