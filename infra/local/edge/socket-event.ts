/**
 * The events that a WebSocket API makes of a connection.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { apiHost, logTime } from './event.ts'
import { grouped, parametersOf, targetOf } from './target.ts'
import { addressOf, upgradeHeaders } from './viewer.ts'

/** The part of every event that describes the connection. */
export type Connection = {
  connectionId: string
  connectedAt: number
  identity: { sourceIp: string; userAgent: string }
  /** The authorizer's context, once it has answered. */
  authorizer?: Record<string, string>
}

const stage = 'local'

/** The resource that the authorizer's policy must allow: `$connect` of this API. */
export const connectArn = `arn:aws:execute-api:local:000000000000:local/${stage}/$connect`

export function connectionOf(request: IncomingMessage): Connection {
  return {
    connectionId: randomUUID(),
    connectedAt: Date.now(),
    identity: { sourceIp: addressOf(request), userAgent: request.headers['user-agent'] ?? '' },
  }
}

/** The upgrade's headers and query, for the authorizer and `$connect`. */
export function upgradeFacts(request: IncomingMessage) {
  const headers: [string, string][] = [['Host', apiHost], ...upgradeHeaders(request)]
  const parameters = parametersOf(targetOf(request).query)
  return {
    headers: Object.fromEntries(headers),
    multiValueHeaders: grouped(headers),
    ...(parameters.length > 0 && {
      queryStringParameters: Object.fromEntries(parameters),
      multiValueQueryStringParameters: grouped(parameters),
    }),
  }
}

/** An event of the route, with `facts` added. */
export function socketEvent(
  connection: Connection,
  routeKey: '$connect' | '$default' | '$disconnect',
  facts: object = {},
) {
  const eventType = ({ $connect: 'CONNECT', $default: 'MESSAGE', $disconnect: 'DISCONNECT' } as const)[routeKey]
  const now = new Date()
  const requestId = randomUUID()
  return {
    isBase64Encoded: false,
    ...facts,
    requestContext: {
      ...connection,
      routeKey,
      eventType,
      ...(eventType === 'MESSAGE' && { messageId: randomUUID() }),
      messageDirection: 'IN' as const,
      requestId,
      extendedRequestId: requestId,
      requestTime: logTime(now),
      requestTimeEpoch: now.getTime(),
      stage,
      apiId: 'local',
      domainName: apiHost,
    },
  }
}
