/**
 * The CORS headers that an HTTP API adds by itself.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
import type { IncomingMessage } from 'node:http'

/** `provider.httpApi.cors` of serverless.yml. */
export type Cors = {
  readonly allowedOrigins?: readonly string[]
  readonly allowedMethods?: readonly string[]
  readonly allowedHeaders?: readonly string[]
  readonly exposedResponseHeaders?: readonly string[]
  readonly allowCredentials?: boolean
  readonly maxAge?: number
}

/** Whether the request is a preflight, which the API answers itself, on every path. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && 'access-control-request-method' in headers
}

/** The headers for the response: none when the request names no origin, or one that is not allowed. */
export function corsHeaders(cors: Cors, request: IncomingMessage): Record<string, string> {
  const { origin } = request.headers
  const allowed = cors.allowedOrigins?.find((one) => one === '*' || one === origin)
  if (origin === undefined || allowed === undefined) return {}
  return {
    'access-control-allow-origin': allowed,
    ...(cors.allowCredentials && { 'access-control-allow-credentials': 'true' }),
    ...(cors.exposedResponseHeaders && { 'access-control-expose-headers': cors.exposedResponseHeaders.join(',') }),
    ...(isPreflight(request) && {
      ...(cors.allowedMethods && { 'access-control-allow-methods': cors.allowedMethods.join(',') }),
      ...(cors.allowedHeaders && { 'access-control-allow-headers': cors.allowedHeaders.join(',') }),
      ...(cors.maxAge !== undefined && { 'access-control-max-age': String(cors.maxAge) }),
    }),
  }
}
