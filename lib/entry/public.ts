/** HTTP entry for whoever has no token. It carries no store. */

import { origin } from './middleware/origin.ts'
import type { Input } from './middleware/validate.ts'
import { type Event, type HttpHandler, headerOf, route, type Shape } from './route.ts'

/** What the handler of a public route receives. */
export interface PublicCall<Body, Query> extends Input<Body, Query> {
  path: string
  /** The client's IP address: as the edge says it, or the one that calls where there is no edge. */
  address: string
}

/** The handler of a public route: calls `run` with the validated input. */
export function publicEndpoint<Body = undefined, Query = undefined>(
  shape: Shape<Body, Query>,
  run: (call: PublicCall<Body, Query>) => Promise<unknown>,
): HttpHandler {
  return route<Body, Query, Event<Body, Query>>(
    shape,
    [origin(headerOf)],
    ({ requestContext: { http }, viewerAddress, input }) =>
      run({ path: http.path, address: viewerAddress ?? http.sourceIp, ...input }),
  )
}
