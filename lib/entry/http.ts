/** HTTP: event → arguments, result or refusal → envelope. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import type { Language } from '../core/refusal.ts'
import type { Bringing } from './bearer.ts'
import { type Authenticated, authenticate } from './middleware/authenticate.ts'
import { bodyLimit } from './middleware/body-limit.ts'
import { envelope } from './middleware/envelope.ts'
import { jsonBody } from './middleware/json-body.ts'
import { type Input, type Schemas, type Validated, validate } from './middleware/validate.ts'
import { stack } from './stack.ts'

/** What a route takes, and what it says on success. */
export interface Shape<Body, Query> extends Schemas<Body, Query> {
  /** The envelope's `msg` on success; `success` when not given. */
  says?: Record<Language, string>
}

/** What a handler is given of a request from someone known. */
export interface Call<Body, Query> extends Input<Body, Query>, Authenticated {}

/** What a handler is given of a request from anyone. */
export interface OpenCall<Body, Query> extends Input<Body, Query> {
  path: string
  /** The viewer's network address. */
  address: string
}

export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>

type Event<Body, Query> = APIGatewayProxyEventV2 & Validated<Body, Query>

const bodyMaxBytes = 256 * 1024

/** A route for people who are logged in: `run` is called with who is calling and the checked input. */
export function endpoint<Body = undefined, Query = undefined>(
  shape: Shape<Body, Query>,
  run: (call: Call<Body, Query>) => Promise<unknown>,
): HttpHandler {
  return route<Body, Query, Event<Body, Query> & Authenticated>(
    shape,
    [authenticate(bringingOf)],
    ({ caller, input }) => run({ caller, ...input }),
  )
}

/** A route for anyone. */
export function openEndpoint<Body = undefined, Query = undefined>(
  shape: Shape<Body, Query>,
  run: (call: OpenCall<Body, Query>) => Promise<unknown>,
): HttpHandler {
  return route<Body, Query, Event<Body, Query>>(shape, [], ({ requestContext: { http }, input }) =>
    run({ path: http.path, address: http.sourceIp, ...input }),
  )
}

function route<Body, Query, Made extends Event<Body, Query>>(
  shape: Shape<Body, Query>,
  guards: MiddlewareObj<Made>[],
  run: (event: Made) => Promise<unknown>,
): HttpHandler {
  const parsers = shape.body ? [jsonBody()] : []
  const handle = stack<APIGatewayProxyEventV2, Made, unknown>(
    ({ routeKey }, { awsRequestId }) => ({ request_id: awsRequestId, route: routeKey }),
    [envelope(shape.says), ...guards, bodyLimit(bodyMaxBytes), ...parsers, validate(shape)],
    run,
  )
  return Object.assign(handle as HttpHandler, { shape })
}

const bringingOf = ({ headers, queryStringParameters, cookies }: APIGatewayProxyEventV2): Bringing => ({
  header: (name) => headers[name],
  token: queryStringParameters?.token,
  cookies: cookies?.join('; '),
})
