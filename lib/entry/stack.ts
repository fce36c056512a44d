/** The stack of every entry: hooks around the work, outermost first, within the log context of the event. */
import middy, { type MiddlewareObj } from '@middy/core'
import type { Context } from 'aws-lambda'
import * as log from '../core/log.ts'

/**
 * A handler that runs `work` inside of `hooks`; all that they log carries `fields`.
 *
 * `Made` is the event as the hooks leave it for those after them and for `work`. What nobody answers is thrown on. Work that
 * takes all the time that its function has fails 5 ms before the end, so that the hooks can still say so; what it had begun
 * goes on.
 */
export function stack<Event, Made extends Event, Result>(
  fields: (event: Event, context: Context) => log.Fields,
  hooks: MiddlewareObj<Made, Result>[],
  work: (event: Made, context: Context) => Promise<Result>,
  options: middy.PluginObject = {},
): (event: Event, context: Context) => Promise<Result> {
  const handler = middy<Made, Result>(work, options)
  handler.use(hooks)
  return (event, context) => log.withContext(fields(event, context), () => handler(event as Made, context))
}
