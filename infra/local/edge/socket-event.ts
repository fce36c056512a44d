/**
 * The events that a WebSocket API makes of a connection.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { apiHost, logTime } from './event.ts'
import { grouped, parametersOf, targetOf } from './target.ts'
import { addressOf, upgradeHeaders } from './viewer.ts'

/** What every event of a connection says of it. */
export type Connection = {
  connectionId: string
  connectedAt: number
  identity: { sourceIp: string; userAgent: string }
  /** What the authorizer has said, once it has. */
  authorizer?: Record<string, string>
}

const stage = 'local'

/** The authorizer's answer is about this: `$connect` of this API. */
export const connectArn = `arn:aws:execute-api:local:000000000000:local/${stage}/$connect`

export function connectionOf(request: IncomingMessage): Connection {
  return {
    connectionId: randomUUID(),
    connectedAt: Date.now(),
    identity: { sourceIp: addressOf(request), userAgent: request.headers['user-agent'] ?? '' },
  }
}

/** What the authorizer and `$connect` are told of the upgrade. */
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

/** An event of the route; `facts` is what else it says. */
export function socketEvent(
  connection: Connection,
  routeKey: '$connect' | '$default' | '$disconnect',
  facts: object = {},
) {
  const eventType = { $connect: 'CONNECT', $default: 'MESSAGE', $disconnect: 'DISCONNECT' }[routeKey]
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
      messageDirection: 'IN',
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
