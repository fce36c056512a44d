/** Events as AWS makes them. */
import { randomUUID } from 'node:crypto'
import { type Connection, connectArn, socketEvent } from '../../../infra/local/edge/socket-event.ts'
import { buildFailure } from '../../../infra/local/event-source-mapping/destination.ts'
import { buildEvent } from '../../../infra/local/event-source-mapping/event.ts'
import { toRecord } from '../../../infra/local/event-source-mapping/record.ts'
import type { ChatRecord, SliceRecord } from '../../../lib/wire/record.ts'
import { originSecret } from './environment.ts'

const headers = { 'x-origin-secret': originSecret, 'x-viewer-address': '192.0.2.1', 'content-type': 'application/json' }
const source = { eventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/c/1', bootstrapServers: 'broker:9098' }

/** Of an HTTP API, for `GET /path`. */
export function httpEvent(route: string, { token, body }: { token?: string; body?: object } = {}): object {
  const [method = '', path = ''] = route.split(' ')
  return {
    version: '2.0',
    routeKey: route,
    rawPath: path,
    rawQueryString: '',
    headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'api.example',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: randomUUID(),
      routeKey: route,
      stage: '$default',
      time: '25/Nov/2026:00:00:00 +0000',
      timeEpoch: Date.now(),
    },
    ...(body && { body: JSON.stringify(body) }),
    isBase64Encoded: false,
  }
}

/** Of `$connect`, for its authorizer. */
export function authorizerEvent(token: string): object {
  const connection = connectionOf()
  const facts = { headers, multiValueHeaders: {}, queryStringParameters: { token } }
  return { type: 'REQUEST', methodArn: connectArn, ...socketEvent(connection, '$connect', facts) }
}

export const connectionOf = (authorizer?: Record<string, string>): Connection => ({
  connectionId: randomUUID(),
  connectedAt: Date.now(),
  identity: { sourceIp: '192.0.2.1', userAgent: 'test' },
  ...(authorizer && { authorizer }),
})

export const connectEvent = (connection: Connection): object =>
  socketEvent(connection, '$connect', { headers, multiValueHeaders: {} })

export const disconnectEvent = (connection: Connection): object => socketEvent(connection, '$disconnect')

export const frameEvent = (connection: Connection, frame: object): object =>
  socketEvent(connection, '$default', { body: JSON.stringify(frame) })

const kafkaRecord = (record: ChatRecord | SliceRecord, topic = 'chat-messages') => {
  const value = Buffer.from(JSON.stringify(record))
  const message = { key: Buffer.from('1:2'), value, timestamp: String(Date.now()), attributes: 0, headers: {} }
  return toRecord(topic, 0, { ...message, offset: String(Date.now()) })
}

/** Of the mapping of the chat's topic, with one record. */
export const batchEvent = (record: ChatRecord): object => JSON.parse(buildEvent(source, [kafkaRecord(record)]))

/** Of the mapping of slices, with one record. */
export const sliceEvent = (record: SliceRecord): object =>
  JSON.parse(buildEvent(source, [kafkaRecord(record, 'chat-fan-out')]))

/** Of the mapping of the failure topic: what a record becomes that was given up. */
export function givenUpEvent(record: ChatRecord): object {
  const discard = { condition: 'RetriesExhausted', invocations: 3, answer: 'function-error' } as const
  const context = { functionArn: 'arn', source, requestId: randomUUID(), now: Date.now() }
  const value = Buffer.from(buildFailure(kafkaRecord(record), discard, context))
  const message = { key: null, value, timestamp: String(Date.now()), attributes: 0, headers: {} }
  const given = toRecord('chat-messages-dead-letter', 0, { ...message, offset: String(Date.now()) })
  return JSON.parse(buildEvent(source, [given]))
}

/** Of a schedule. */
export const scheduleEvent = (): object => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  detail: {},
})
