/** What all HTTP entries share: turns an event into arguments, and a result or a refusal into an envelope. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import { deviceOf } from '../core/device.ts'
import type { LimitName } from '../core/limits.ts'
import type { Language } from '../core/refusal.ts'
import { preferredLanguage } from './language.ts'
import { bodyLimit } from './middleware/body-limit.ts'
import { envelope } from './middleware/envelope.ts'
import { formFile, type WithFile } from './middleware/form-file.ts'
import { jsonBody } from './middleware/json-body.ts'
import type { Arrived } from './middleware/origin.ts'
import { type SecurityEvent, trail } from './middleware/trail.ts'
import { type Input, type Schemas, type Validated, validate } from './middleware/validate.ts'
import { stack } from './stack.ts'

/** What a route accepts, and its message on success. */
export interface Shape<Body, Query> extends Schemas<Body, Query> {
  /** The envelope's `msg` on success; `success` by default. */
  msg?: Record<Language, string>
  /** Whose budget a call takes from; by default that of reads for GET, else that of writes. */
  limit?: LimitName
  /** How much a call takes from it; 1 by default. */
  costOf?: (input: Input<Body, Query>) => number
  /** What the trail says of a success. */
  event?: SecurityEvent
  /** In place of JSON the body is a form with a file in this field, of at most so many bytes. */
  file?: { field: string; maxBytes: number }
}

export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>

export type Event<Body, Query> = APIGatewayProxyEventV2 & Arrived & Validated<Body, Query> & WithFile

const bodyMaxBytes = 256 * 1024
// What a form has around its file.
const formMaxBytes = 4 * 1024

/** The handler of a route: calls `run` with the event and what `guards` and the schemas have added to it, past the `checks` of it all. */
export function route<Body, Query, Extended extends Event<Body, Query>>(
  shape: Shape<Body, Query>,
  guards: MiddlewareObj<Extended>[],
  run: (event: Extended) => Promise<unknown>,
  checks: MiddlewareObj<Extended>[] = [],
): HttpHandler {
  const { file } = shape
  const parsers = [...(shape.body ? [jsonBody()] : []), ...(file ? [formFile(file.field)] : [])]
  const handle = stack<APIGatewayProxyEventV2, Extended, unknown>(
    ({ routeKey }, { awsRequestId }) => ({ request_id: awsRequestId, route: routeKey }),
    [
      envelope(shape.msg),
      trail(shape.event),
      ...guards,
      bodyLimit(file ? file.maxBytes + formMaxBytes : bodyMaxBytes),
      ...parsers,
      validate(shape),
      ...checks,
    ],
    run,
  )
  return Object.assign(handle as HttpHandler, { shape })
}

/** Where a call comes from. */
export interface Whence {
  /** The client's IP address. */
  address: string
  /** How it names itself. */
  device: string
  /** What its texts should be in. */
  language: Language
  /** On a machine, by which name the client reached it, as it says itself. */
  host: string
}

export const whenceOf = (event: APIGatewayProxyEventV2 & Arrived): Whence => ({
  address: addressOf(event),
  device: deviceOf(event.requestContext.http.userAgent),
  language: preferredLanguage(headerOf(event, 'accept-language')),
  host: headerOf(event, 'x-viewer-host') ?? '',
})

/** The client's IP address: as the edge says it, or the one that calls where there is no edge. */
const addressOf = ({ requestContext: { http }, viewerAddress }: APIGatewayProxyEventV2 & Arrived): string =>
  viewerAddress ?? http.sourceIp

export const headerOf = ({ headers }: APIGatewayProxyEventV2, name: string): string | undefined => headers[name]
