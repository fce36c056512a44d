/** HTTP entry for whoever has no token. It carries no store. */

import { origin } from './middleware/origin.ts'
import type { Input } from './middleware/validate.ts'
import { type Event, type HttpHandler, headerOf, route, type Shape, type Whence, whenceOf } from './route.ts'

/** What the handler of a public route receives. */
export interface PublicCall<Body, Query> extends Input<Body, Query>, Whence {
  path: string
}

/** The handler of a public route: calls `run` with the validated input. */
export function publicEndpoint<Body = undefined, Query = undefined>(
  shape: Shape<Body, Query>,
  run: (call: PublicCall<Body, Query>) => Promise<unknown>,
): HttpHandler {
  return route<Body, Query, Event<Body, Query>>(shape, [origin(headerOf)], (event) =>
    run({ path: event.requestContext.http.path, ...whenceOf(event), ...event.input }),
  )
}
