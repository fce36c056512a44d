/** Sockets: the authorizer, connections that come and go, and frames. */
import type {
  APIGatewayAuthorizerResult,
  APIGatewayEventWebsocketRequestContextV2,
  APIGatewayProxyResultV2,
  APIGatewayProxyWebsocketEventV2WithRequestContext,
  APIGatewayRequestAuthorizerEvent,
} from 'aws-lambda'
import type * as z from 'zod/mini'
import * as log from '../core/log.ts'
import { isOutage } from '../core/outage.ts'
import { answer, type Language, Refusal } from '../core/refusal.ts'
import type { Claims } from '../core/token.ts'
import type { Connection } from '../service/connection/presence.ts'
import { FrameType, type RefusedFrame, type ServerFrame } from '../wire/frame.ts'
import { bearerOf } from './bearer.ts'
import { checked, isObject } from './input.ts'
import { preferredLanguage } from './language.ts'

/** What the authorizer knows of a connection and every later event of it carries. All values are text. */
interface Context {
  user_id: string
  username: string
  session_id: string
  /** Seconds since the epoch: when the token expires. */
  expires_at: string
  language: Language
  /** `true` when the client takes arrays of frames. */
  batch: string
}

type SocketEvent = APIGatewayProxyWebsocketEventV2WithRequestContext<
  APIGatewayEventWebsocketRequestContextV2 & { authorizer?: Partial<Record<keyof Context, unknown>> }
>

/** The credentials that a connecting client brings. */
export interface Credentials {
  token?: string
}

/**
 * The REQUEST authorizer: lets in whom `identify` names.
 *
 * The gateway answers 401 when the authorizer throws an error with the text `Unauthorized`, and 500 for any other: a
 * dependency that is down must not log clients out.
 */
export function authorizer(identify: (credentials: Credentials) => Promise<Claims>) {
  return (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> =>
    log.withContext({ request_id: event.requestContext.requestId }, async () => {
      try {
        const claims = await identify(credentialsOf(event))
        return allow(event, claims)
      } catch (error) {
        if (error instanceof Refusal) {
          log.info('refused', { reason: error.reason })
          throw new Error('Unauthorized')
        }
        log.error('authorizer failed', error)
        throw error
      }
    })
}

function allow(event: APIGatewayRequestAuthorizerEvent, claims: Claims): APIGatewayAuthorizerResult {
  const context: Context = {
    user_id: String(claims.userId),
    username: claims.username,
    session_id: claims.sessionId,
    expires_at: String(claims.expiresAt),
    language: preferredLanguage(header(event, 'accept-language')),
    batch: String(event.queryStringParameters?.frames === 'batch'),
  }
  return {
    principalId: context.user_id,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: event.methodArn }],
    },
    context: { ...context },
  }
}

// Header names arrive as the client spelled them.
function header(event: APIGatewayRequestAuthorizerEvent, name: string): string | undefined {
  const entry = Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name)
  return entry?.[1]
}

function credentialsOf(event: APIGatewayRequestAuthorizerEvent): Credentials {
  const token = bearerOf({
    header: (name) => header(event, name),
    token: event.queryStringParameters?.token,
    cookies: header(event, 'cookie'),
  })
  return token ? { token } : {}
}

/** A handler of `$connect` or `$disconnect`. */
export function connection(run: (connection: Connection) => Promise<void>) {
  return (event: SocketEvent): Promise<APIGatewayProxyResultV2> =>
    inContext(event, async () => {
      // A client may name this route in a frame; that neither opens nor closes anything.
      if (event.requestContext.eventType === 'MESSAGE') return { statusCode: 400 }
      await run(connectionOf(event))
      return { statusCode: 200 }
    })
}

/** What a frame's handler is given. */
export interface Arrival {
  connection: Connection
  language: Language
  /** The gateway's id of this message. */
  messageId: string
  /** The gateway's request time, milliseconds. */
  requestedAt: number
  /** When the token of this connection expires, milliseconds. */
  expiresAt: number
}

/** One kind of frame: its schema, and what to do with it. Returns the frames to answer at once, if any. */
export interface FrameRule<T> {
  schema: z.ZodMiniType<T>
  run(frame: T, arrival: Arrival): Promise<readonly ServerFrame[]>
}

/** What is to be done with a frame once it is known to be right. */
export type Work = (arrival: Arrival) => Promise<readonly ServerFrame[]>

/** Binds a schema to its handler, so that a table can hold several kinds. @throws Refusal BAD_FRAME */
export function frame<T>(schema: z.ZodMiniType<T>, run: FrameRule<T>['run']) {
  return (value: unknown): Work => {
    const checkedFrame = checked(schema, value, 'BAD_FRAME')
    return (arrival) => run(checkedFrame, arrival)
  }
}

/** From what a frame is to the rule for it; undefined for what nobody sends. */
export type FrameTable = (value: { type?: unknown; target_id?: unknown }) => ReturnType<typeof frame> | undefined

/**
 * The handler of `$default`: parses the frame, applies its rule, answers by route response.
 *
 * Everything that goes wrong is a type 9 frame: a refusal tells why, an outage is retryable, a fault is logged. `refused`
 * is called before a frame is refused that no rule takes: it came from someone all the same.
 */
export function frames(table: FrameTable, refused: (arrival: Arrival) => Promise<void>) {
  return (event: SocketEvent): Promise<APIGatewayProxyResultV2> =>
    inContext(event, async () => {
      const arrival = arrivalOf(event)
      const value = parse(event.body)
      try {
        const work = await workOf(table, value).catch(async (refusal: unknown) => {
          await refused(arrival)
          throw refusal
        })
        return routeResponse(await work(arrival), arrival)
      } catch (error) {
        return routeResponse([refusedFrame(asRefusal(error), value, arrival.language)], arrival)
      }
    })
}

async function workOf(table: FrameTable, value: unknown): Promise<Work> {
  if (!isObject(value)) throw new Refusal('BAD_FRAME', { field: 'must be one JSON object' })
  const rule = table(value)
  if (!rule) throw new Refusal('UNKNOWN_FRAME')
  return rule(value)
}

// The gateway passes text; serverless-offline passes binary messages as a buffer, which no client of ours sends.
function parse(body: unknown): unknown {
  if (typeof body !== 'string') return undefined
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

// A route response is one message: for clients that take no arrays the first answer counts.
function routeResponse(answers: readonly ServerFrame[], { connection: { batch } }: Arrival): APIGatewayProxyResultV2 {
  const [first] = answers
  if (!first) return { statusCode: 200 }
  return { statusCode: 200, body: JSON.stringify(batch && answers.length > 1 ? answers : first) }
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (isOutage(error)) {
    log.error('a dependency is down', error)
    return new Refusal('UNAVAILABLE', { retryAfterSeconds: 1 })
  }
  log.error('fault', error)
  return new Refusal('FAULT')
}

const retryable = new Set(['UNAVAILABLE', 'FAULT', 'TOO_MANY_REQUESTS'])

/** The type 9 frame for a refusal, naming the client's message when the frame carried a usable id. */
function refusedFrame({ reason, detail }: Refusal, value: unknown, language: Language): RefusedFrame {
  const { code, msg } = answer(reason, language)
  log.info('frame refused', { reason, field: detail.field })
  const id = isObject(value) ? value.client_msg_id : undefined
  return {
    type: FrameType.refused,
    ...(typeof id === 'string' && id.length <= 128 && { client_msg_id: id }),
    code,
    reason,
    msg: detail.field ? `${msg}: ${detail.field}` : msg,
    retryable: retryable.has(reason),
    ...(detail.retryAfterSeconds !== undefined && { retry_after_ms: Math.ceil(detail.retryAfterSeconds * 1000) }),
  }
}

function inContext<T>({ requestContext }: SocketEvent, work: () => Promise<T>): Promise<T> {
  return log.withContext(
    {
      request_id: requestContext.requestId,
      connection_id: requestContext.connectionId,
      user_id: Number(requestContext.authorizer?.user_id),
    },
    async () => {
      try {
        return await work()
      } catch (error) {
        log.error('fault', error)
        throw error
      }
    },
  )
}

function connectionOf({ requestContext }: SocketEvent): Connection {
  const { authorizer = {}, connectedAt, connectionId } = requestContext
  return {
    id: connectionId,
    userId: Number(authorizer.user_id),
    sessionId: String(authorizer.session_id),
    connectedAt: connectedAt ?? 0,
    batch: String(authorizer.batch) === 'true',
  }
}

function arrivalOf(event: SocketEvent): Arrival {
  const { authorizer = {}, messageId, requestTimeEpoch } = event.requestContext
  return {
    connection: connectionOf(event),
    language: authorizer.language === 'en' ? 'en' : 'zh',
    messageId: String(messageId),
    requestedAt: requestTimeEpoch,
    expiresAt: Number(authorizer.expires_at) * 1000,
  }
}
