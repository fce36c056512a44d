/**
 * The event that an HTTP API makes of a request, in payload format 2.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
import { isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { grouped, parametersOf, targetOf } from './target.ts'
import { addedHeaders, addressOf, passedHeaders } from './viewer.ts'

/** Content types whose bodies an HTTP API passes as text. All others, and bodies without a type, it passes in base64. */
const textType = /^\s*(text\/|application\/(json|xml|javascript)\s*(;|$))/i

/** The host of both APIs, as their functions see it: never the one that a viewer names. */
export const apiHost = 'localhost'

/**
 * Makes the event. Method, path, query, headers and body are the viewer's, unchanged; the edge adds the viewer's address,
 * the host and the time.
 *
 * A body that is not UTF-8 is passed in base64, whatever its type says.
 */
export function eventOf(request: IncomingMessage, body: Buffer, routeKey: string): APIGatewayProxyEventV2 {
  const { path, query } = targetOf(request)
  const { cookie: _cookie, ...passed } = passedHeaders(request)
  const headers = {
    ...passed,
    ...lowerCase({ host: apiHost, ...addedHeaders(request) }),
    'x-viewer-host': viewerHostOf(request),
    ...(body.length > 0 && { 'content-length': String(body.length) }),
  }
  const cookies = cookiesOf(request)
  const parameters = Object.entries(grouped(parametersOf(query)))
  const isText = textType.test(passed['content-type'] ?? '') && isUtf8(body)
  const now = new Date()
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: query,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(parameters.length > 0 && {
      queryStringParameters: Object.fromEntries(parameters.map(([name, all]) => [name, all.join(',')])),
    }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: apiHost,
      domainPrefix: 'local',
      http: {
        method: request.method ?? '',
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: addressOf(request),
        userAgent: passed['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: logTime(now),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  }
}

/** By which name the viewer reached this machine, and the edge's own port: a proxy for developers may have another one. */
function viewerHostOf({ headers, socket }: IncomingMessage): string {
  return `${(headers.host ?? apiHost).replace(/:\d*$/, '')}:${socket.localPort ?? 80}`
}

/** The pairs of the cookie header, as they were sent: the function parses them. */
function cookiesOf({ headers }: IncomingMessage): string[] {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs.filter((pair) => pair !== '')
}

function lowerCase(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

/** The time in the format of access logs: `12/Mar/2020:19:03:58 +0000`. */
export function logTime(time: Date): string {
  const [, day, month, year, clock] = time.toUTCString().split(' ')
  return `${day}/${month}/${year}:${clock} +0000`
}
