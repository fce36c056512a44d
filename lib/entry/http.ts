/** HTTP: event → arguments, result or refusal → envelope. */
import middy, { type MiddlewareObj, type Request } from '@middy/core'
import httpJsonBodyParser from '@middy/http-json-body-parser'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import type * as z from 'zod/mini'
import { redis } from '../client/redis.ts'
import * as log from '../core/log.ts'
import { isOutage } from '../core/outage.ts'
import { answer, type Language, type Reason, Refusal } from '../core/refusal.ts'
import type { Claims } from '../core/token.ts'
import * as session from '../service/account/session.ts'
import type { Envelope } from '../wire/envelope.ts'
import { Page } from '../wire/page.ts'
import { bearerOf } from './bearer.ts'
import { checked } from './input.ts'
import { preferredLanguage } from './language.ts'
import { loadSession } from './load-session.ts'

/** What a route takes, and what it says on success. */
export interface Shape<Body, Query> {
  body?: z.ZodMiniType<Body>
  query?: z.ZodMiniType<Query>
  /** The envelope's `msg` on success; `success` when not given. */
  says?: Record<Language, string>
}

/** What a handler is given of a request from someone known. */
export interface Call<Body, Query> {
  caller: Claims
  body: Body
  query: Query
}

/** What a handler is given of a request from anyone. */
export interface OpenCall<Body, Query> extends Omit<Call<Body, Query>, 'caller'> {
  method: string
  path: string
  /** The viewer's network address. */
  address: string
}

/** The gateway's event, with who is calling once that is known. */
type Event = APIGatewayProxyEventV2 & { caller?: Claims }
type Result = APIGatewayProxyStructuredResultV2
type HttpRequest = Request<Event, Result>
export type HttpHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<Result>

const bodyMaxBytes = 256 * 1024

/** A route for people who are logged in: `run` is called with who is calling and the checked input. */
export function endpoint<Body = undefined, Query = undefined>(
  shape: Shape<Body, Query>,
  run: (call: Call<Body, Query>) => Promise<unknown>,
): HttpHandler {
  return stack(shape, [caller()], (event) => {
    if (!event.caller) throw new Refusal('TOKEN_MISSING')
    return run({ caller: event.caller, ...inputOf(shape, event) })
  })
}

/** A route for anyone. */
export function openEndpoint<Body = undefined, Query = undefined>(
  shape: Shape<Body, Query>,
  run: (call: OpenCall<Body, Query>) => Promise<unknown>,
): HttpHandler {
  return stack(shape, [], (event) => {
    const { method, path, sourceIp } = event.requestContext.http
    return run({ method, path, address: sourceIp, ...inputOf(shape, event) })
  })
}

function stack<Body, Query>(
  shape: Shape<Body, Query>,
  guards: MiddlewareObj<Event, Result>[],
  run: (event: Event) => Promise<unknown>,
): HttpHandler {
  const parsers = shape.body ? [decodedBody(), httpJsonBodyParser({ disableContentTypeCheck: true })] : []
  const handler = middy<Event, Result>()
    .use([envelope(shape.says), ...guards, bodyLimit(), ...parsers])
    .handler(async (event) => (await run(event)) as Result)
  const handle: HttpHandler = (event, context) =>
    log.withContext({ request_id: context.awsRequestId, route: event.routeKey }, () => handler(event, context))
  return Object.assign(handle, { shape })
}

function envelope(says: Shape<unknown, unknown>['says']): MiddlewareObj<Event, Result> {
  return {
    after(request: HttpRequest) {
      const response: unknown = request.response
      const { items: data, next } = response instanceof Page ? response : { items: response }
      const language = languageOf(request.event)
      request.response = reply(
        200,
        { code: 0, msg: says?.[language] ?? 'success', ...(data !== undefined && { data }) },
        next && { link: nextLink(request.event, next) },
      )
    },
    onError(request: HttpRequest) {
      request.response = refusalReply(asRefusal(request.error), request)
    },
  }
}

function caller(): MiddlewareObj<Event, Result> {
  return {
    async before({ event }: HttpRequest) {
      const bearer = bearerOf({
        header: (name) => event.headers[name],
        token: event.queryStringParameters?.token,
        cookies: event.cookies?.join('; '),
      })
      event.caller = await session.authenticate({ redis, loadSession }, bearer)
      log.addContext({ user_id: event.caller.userId })
    },
  }
}

function bodyLimit(): MiddlewareObj<Event, Result> {
  return {
    before({ event: { body, isBase64Encoded } }: HttpRequest) {
      const bytes = body ? Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8') : 0
      if (bytes > bodyMaxBytes) throw new Refusal('BODY_TOO_LARGE')
    },
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// The gateway hands over as base64 what it does not take for text.
function decodedBody(): MiddlewareObj<Event, Result> {
  return {
    before({ event }: HttpRequest) {
      if (!event.isBase64Encoded || event.body === undefined) return
      try {
        event.body = utf8.decode(Buffer.from(event.body, 'base64'))
        event.isBase64Encoded = false
      } catch {
        throw new Refusal('INVALID_INPUT', { field: 'body: must be UTF-8' })
      }
    },
  }
}

/**
 * The refusal behind anything thrown: itself, malformed JSON, an outage, or a fault, which is logged here and nowhere
 * else.
 */
function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  // The body parser's own words for a body that is absent or not JSON.
  if (error instanceof Error && 'statusCode' in error && (error.statusCode === 422 || error.statusCode === 415)) {
    return new Refusal('INVALID_INPUT', { field: 'body: must be JSON' })
  }
  if (isOutage(error)) {
    log.error('a dependency is down', error)
    return new Refusal('UNAVAILABLE', { retryAfterSeconds: 2 })
  }
  log.error('fault', error)
  return new Refusal('FAULT')
}

function refusalReply({ reason, detail }: Refusal, { event, context }: HttpRequest): Result {
  const { status, code, msg } = answer(reason, languageOf(event))
  log.info('refused', { reason, status, field: detail.field })
  return reply(
    status,
    {
      code,
      msg: detail.field ? `${msg}: ${detail.field}` : msg,
      reason,
      ...(isOurFault(reason) && { request_id: context.awsRequestId }),
      ...(detail.data !== undefined && { data: detail.data }),
    },
    detail.retryAfterSeconds === undefined ? {} : { 'retry-after': String(detail.retryAfterSeconds) },
  )
}

const isOurFault = (reason: Reason): boolean => reason === 'FAULT' || reason === 'UNAVAILABLE'

function reply(statusCode: number, body: Envelope, headers: Record<string, string> = {}): Result {
  return {
    statusCode,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  }
}

const languageOf = (event: APIGatewayProxyEventV2): Language => preferredLanguage(event.headers?.['accept-language'])

/** Names the page that follows (RFC 8288): the same request, from where `next` begins. A token does not travel along. */
function nextLink(event: APIGatewayProxyEventV2, next: Record<string, string | number>): string {
  const { token: _secret, ...asked } = event.queryStringParameters ?? {}
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries({ ...asked, ...next })) query.set(name, String(value ?? ''))
  return `<${event.rawPath}?${query}>; rel="next"`
}

function inputOf<Body, Query>(shape: Shape<Body, Query>, event: APIGatewayProxyEventV2): { body: Body; query: Query } {
  const parsed = <T>(schema: z.ZodMiniType<T> | undefined, value: unknown, name: string): T =>
    schema ? checked(schema, value, 'INVALID_INPUT', name) : (undefined as T)
  return {
    body: parsed(shape.body, event.body, 'body'),
    query: parsed(shape.query, event.queryStringParameters ?? {}, 'query'),
  }
}
