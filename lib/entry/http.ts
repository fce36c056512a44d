/** HTTP entry: turns an event into arguments, and a result or a refusal into an envelope. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import type { LimitName } from '../core/limits.ts'
import type { Language } from '../core/refusal.ts'
import type { TokenSources } from './bearer.ts'
import { type Authenticated, authenticate } from './middleware/authenticate.ts'
import { bodyLimit } from './middleware/body-limit.ts'
import { envelope } from './middleware/envelope.ts'
import { jsonBody } from './middleware/json-body.ts'
import { rateLimit } from './middleware/rate-limit.ts'
import { type Input, type Schemas, type Validated, validate } from './middleware/validate.ts'
import { stack } from './stack.ts'

/** What a route accepts, and its message on success. */
export interface Shape<Body, Query> extends Schemas<Body, Query> {
  /** The envelope's `msg` on success; `success` by default. */
  msg?: Record<Language, string>
  /** Whose budget a call takes from; by default that of reads for GET, else that of writes. */
  limit?: LimitName
}

/** What the handler of an authenticated route receives. */
export interface Call<Body, Query> extends Input<Body, Query>, Authenticated {}

/** What the handler of a public route receives. */
export interface PublicCall<Body, Query> extends Input<Body, Query> {
  path: string
  /** The client's IP address. */
  address: string
}

export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>

type Event<Body, Query> = APIGatewayProxyEventV2 & Validated<Body, Query>

const bodyMaxBytes = 256 * 1024

/** The handler of an authenticated route: calls `run` with the caller and the validated input. */
export function endpoint<Body = undefined, Query = undefined>(
  shape: Shape<Body, Query>,
  run: (call: Call<Body, Query>) => Promise<unknown>,
): HttpHandler {
  return route<Body, Query, Event<Body, Query> & Authenticated>(
    shape,
    [authenticate(tokenSourcesOf), rateLimit(shape.limit)],
    ({ caller, input }) => run({ caller, ...input }),
  )
}

/** The handler of a public route: calls `run` with the validated input. */
export function publicEndpoint<Body = undefined, Query = undefined>(
  shape: Shape<Body, Query>,
  run: (call: PublicCall<Body, Query>) => Promise<unknown>,
): HttpHandler {
  return route<Body, Query, Event<Body, Query>>(shape, [], ({ requestContext: { http }, input }) =>
    run({ path: http.path, address: http.sourceIp, ...input }),
  )
}

function route<Body, Query, Extended extends Event<Body, Query>>(
  shape: Shape<Body, Query>,
  guards: MiddlewareObj<Extended>[],
  run: (event: Extended) => Promise<unknown>,
): HttpHandler {
  const parsers = shape.body ? [jsonBody()] : []
  const handle = stack<APIGatewayProxyEventV2, Extended, unknown>(
    ({ routeKey }, { awsRequestId }) => ({ request_id: awsRequestId, route: routeKey }),
    [envelope(shape.msg), ...guards, bodyLimit(bodyMaxBytes), ...parsers, validate(shape)],
    run,
  )
  return Object.assign(handle as HttpHandler, { shape })
}

const tokenSourcesOf = ({ headers, queryStringParameters, cookies }: APIGatewayProxyEventV2): TokenSources => ({
  header: (name) => headers[name],
  token: queryStringParameters?.token,
  cookies: cookies?.join('; '),
})
