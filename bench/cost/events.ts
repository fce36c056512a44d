/** Events of the gateway and of the Kafka mapping, for functions that are called directly. */
import { randomUUID } from 'node:crypto'
import type { MSKEvent, MSKRecord } from 'aws-lambda'
import type { handler as authorize } from '../../functions/socket/authorize.ts'
import type { handler as receive } from '../../functions/socket/message.ts'

type SocketEvent = Parameters<typeof receive>[0]
type AuthorizerEvent = Parameters<typeof authorize>[0]

/** A connection of somebody who sends. */
export interface Device {
  userId: number
  connectionId: string
  sessionId: string
  token: string
  /** A minute ago by default. */
  connectedAt?: number
  /** What the authorizer said of it, in place of what it says of most. */
  authorizer?: Record<string, unknown>
}

/** An event of the WebSocket API. `body` is the frame of a message. */
export function socketEvent(device: Device, routeKey: string, body?: string): SocketEvent {
  const { userId, connectionId, sessionId } = device
  const now = Date.now()
  return {
    requestContext: {
      routeKey,
      messageId: randomUUID(),
      eventType: body === undefined ? 'CONNECT' : 'MESSAGE',
      extendedRequestId: randomUUID(),
      requestTime: new Date(now).toISOString(),
      messageDirection: 'IN',
      stage: 'local',
      connectedAt: device.connectedAt ?? now - 60_000,
      requestTimeEpoch: now,
      requestId: randomUUID(),
      domainName: '127.0.0.1',
      connectionId,
      apiId: 'private',
      authorizer: device.authorizer ?? {
        user_id: String(userId),
        username: `person-${userId}`,
        session_id: sessionId,
        expires_at: String(Math.floor(now / 1000) + 3_600),
        language: 'en',
        batch: 'false',
      },
    },
    ...(body !== undefined && { body }),
    isBase64Encoded: false,
  }
}

/** What the authorizer of `$connect` is asked, by a client that may name seconds between heartbeats. */
export function authorizerEvent({ connectionId, token }: Device, heartbeat?: number): AuthorizerEvent {
  const [path, httpMethod, stage] = ['/', 'GET', 'local']
  return {
    type: 'REQUEST',
    methodArn: `arn:aws:execute-api:us-east-1:000000000000:private/${stage}/$connect`,
    resource: path,
    path,
    httpMethod,
    headers: {},
    multiValueHeaders: {},
    pathParameters: null,
    queryStringParameters: { token, ...(heartbeat !== undefined && { heartbeat: String(heartbeat) }) },
    multiValueQueryStringParameters: { token: [token] },
    stageVariables: null,
    requestContext: {
      accountId: '000000000000',
      apiId: 'private',
      authorizer: undefined,
      protocol: 'HTTP/1.1',
      httpMethod,
      identity: { ...nobody, sourceIp: '127.0.0.1', userAgent: null },
      path,
      stage,
      requestId: connectionId,
      requestTimeEpoch: Date.now(),
      resourceId: '',
      resourcePath: path,
    },
  }
}

const nobody = {
  accessKey: null,
  accountId: null,
  apiKey: null,
  apiKeyId: null,
  caller: null,
  clientCert: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
}

/** Records of one partition, as the mapping hands them over. */
export function batchEvent(records: readonly MSKRecord[]): MSKEvent {
  const first = records[0]
  return {
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/cost/0',
    bootstrapServers: '127.0.0.1:9092',
    records: { [`${first?.topic}-${first?.partition}`]: [...records] },
  }
}
