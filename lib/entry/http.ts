/** HTTP entry for whoever has logged in. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type { TokenSources } from './bearer.ts'
import { admission } from './middleware/admission.ts'
import type { Authenticated } from './middleware/authenticate.ts'
import type { WithFile } from './middleware/form-file.ts'
import { origin } from './middleware/origin.ts'
import { surcharge, usualBudget } from './middleware/rate-limit.ts'
import type { Input } from './middleware/validate.ts'
import { type Event, type HttpHandler, headerOf, route, type Shape, type Whence, whenceOf } from './route.ts'

/** What the handler of an authenticated route receives. */
export interface Call<Body, Query> extends Input<Body, Query>, Authenticated, Whence, WithFile {}

/** The handler of an authenticated route: calls `run` with the caller and the validated input. */
export function endpoint<Body = undefined, Query = undefined>(
  shape: Shape<Body, Query>,
  run: (call: Call<Body, Query>) => Promise<unknown>,
): HttpHandler {
  return route<Body, Query, Event<Body, Query> & Authenticated>(
    shape,
    [origin(headerOf), admission(tokenSourcesOf, (event) => shape.limit ?? usualBudget(event))],
    (event) =>
      run({ caller: event.caller, ...whenceOf(event), ...event.input, ...(event.file && { file: event.file }) }),
    shape.costOf ? [surcharge(shape.costOf, shape.limit)] : [],
  )
}

const tokenSourcesOf = ({ headers, queryStringParameters, cookies, body }: APIGatewayProxyEventV2): TokenSources => ({
  door: 'http',
  header: (name) => headers[name],
  token: queryStringParameters?.token,
  cookies: cookies?.join('; '),
  hasBody: Boolean(body),
})
