/** HTTP entry for operators, who come neither through the edge nor with a token. */
import { type Event, type HttpHandler, route } from './route.ts'

/**
 * The handler of what operators ask. Where deployed no route leads to it: they invoke it by their own rights, with any event. On a
 * laptop, where nothing is kept from anyone, it may have one.
 */
export function operatorEndpoint(run: () => Promise<unknown>): HttpHandler {
  return route<undefined, undefined, Event<undefined, undefined>>({}, [], run)
}
