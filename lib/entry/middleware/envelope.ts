/** HTTP replies: puts a result or a refusal into an envelope. */
import type { MiddlewareObj, Request } from '@middy/core'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { type Language, type Refusal, textOf } from '../../core/refusal.ts'
import type { Envelope } from '../../wire/envelope.ts'
import { Page } from '../../wire/page.ts'
import { envelopeOf } from '../../wire/refusal.ts'
import { preferredLanguage } from '../language.ts'
import { refusal } from './refusal.ts'

const outageRetrySeconds = 2

/** Wraps a result, with `msg` or `success` as its message; a page, with a link to the next one; and a refusal. */
export function envelope(msg?: Record<Language, string>): MiddlewareObj<APIGatewayProxyEventV2> {
  return {
    ...refusal(outageRetrySeconds, refusalReply),
    after(request) {
      const { event } = request
      const response: unknown = request.response
      const { items: data, next } = response instanceof Page ? response : { items: response }
      request.response = reply(
        200,
        { code: 0, msg: msg?.[languageOf(event)] ?? 'success', ...(data !== undefined && { data }) },
        next && { link: nextLink(event, next) },
      )
    },
  }
}

function refusalReply(refused: Refusal, { event, context }: Request<APIGatewayProxyEventV2>) {
  const { reason, detail } = refused
  const language = languageOf(event)
  return reply(textOf(reason, language).status, envelopeOf(refused, language, context.awsRequestId), {
    ...(detail.retryAfterSeconds !== undefined && { 'retry-after': String(detail.retryAfterSeconds) }),
    // RFC 9110, section 15.5.6 demands it.
    ...(detail.allow && { allow: detail.allow.join(', ') }),
  })
}

function reply(
  statusCode: number,
  body: Envelope,
  headers: Record<string, string> = {},
): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      ...headers,
    },
    body: JSON.stringify(body),
  }
}

const languageOf = (event: APIGatewayProxyEventV2): Language => preferredLanguage(event.headers?.['accept-language'])

/** The `Link` to the next page (RFC 8288): the same request with the parameters of `next`, without its token. */
function nextLink(event: APIGatewayProxyEventV2, next: Record<string, string | number>): string {
  const { token: _secret, ...parameters } = event.queryStringParameters ?? {}
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries({ ...parameters, ...next })) query.set(name, String(value ?? ''))
  return `<${event.rawPath}?${query}>; rel="next"`
}
