/** Sockets: connections that come and go, and frames. */
import type { MiddlewareObj, Request } from '@middy/core'
import type {
  APIGatewayEventWebsocketRequestContextV2,
  APIGatewayProxyResultV2,
  APIGatewayProxyWebsocketEventV2WithRequestContext,
} from 'aws-lambda'
import type { Refusal } from '../core/refusal.ts'
import type { Connection } from '../service/connection/presence.ts'
import type { FrameContext } from '../service/message/accept.ts'
import type { ServerFrame } from '../wire/frame.ts'
import { frameOf } from '../wire/refusal.ts'
import type { Admission } from './authorizer.ts'
import { isObject } from './input.ts'
import { fault } from './middleware/fault.ts'
import { type FrameTable, frameRule, type WithFrame } from './middleware/frame-rule.ts'
import { refusal } from './middleware/refusal.ts'
import { stack } from './stack.ts'

type SocketEvent = APIGatewayProxyWebsocketEventV2WithRequestContext<
  APIGatewayEventWebsocketRequestContextV2 & { authorizer?: Partial<Record<keyof Admission, unknown>> }
>

const outageRetrySeconds = 1

/** A handler of `$connect` or `$disconnect`. */
export function connection(run: (connection: Connection) => Promise<void>) {
  return stack<SocketEvent, SocketEvent, APIGatewayProxyResultV2>(fieldsOf, [fault('fault')], async (event) => {
    // A client may name this route in a frame; that neither opens nor closes anything.
    if (event.requestContext.eventType === 'MESSAGE') return { statusCode: 400 }
    await run(connectionOf(event))
    return { statusCode: 200 }
  })
}

/**
 * The handler of `$default`: applies a frame's rule, answers by route response.
 *
 * Everything that goes wrong is a type 9 frame: a refusal tells why, an outage is retryable, a fault is logged. `refused`
 * is called before a frame is refused that no rule takes.
 */
export function frames(table: FrameTable, refused: (context: FrameContext) => Promise<void>) {
  return stack<SocketEvent, SocketEvent & WithFrame, APIGatewayProxyResultV2>(
    fieldsOf,
    [refusal(outageRetrySeconds, refusedFrame), frameContext(), frameRule(table, refused)],
    async ({ work, frameContext }) => routeResponse(await work(frameContext), frameContext.connection.takesArrays),
  )
}

function frameContext(): MiddlewareObj<SocketEvent & WithFrame> {
  return {
    before({ event }) {
      const { authorizer = {}, messageId, requestTimeEpoch } = event.requestContext
      event.frameContext = {
        connection: connectionOf(event),
        language: authorizer.language === 'en' ? 'en' : 'zh',
        messageId: String(messageId),
        requestedAt: requestTimeEpoch,
        expiresAt: Number(authorizer.expires_at) * 1000,
      }
    },
  }
}

function refusedFrame(refused: Refusal, { event }: Request<SocketEvent & WithFrame>): APIGatewayProxyResultV2 {
  const id = isObject(event.value) ? event.value.client_msg_id : undefined
  const isUsable = typeof id === 'string' && id.length <= 128
  return routeResponse([frameOf(refused, event.frameContext.language, isUsable ? id : undefined)], false)
}

// A route response is one message: for clients that take no arrays the first answer counts.
function routeResponse(answers: readonly ServerFrame[], batch: boolean): APIGatewayProxyResultV2 {
  const [first] = answers
  if (!first) return { statusCode: 200 }
  return { statusCode: 200, body: JSON.stringify(batch && answers.length > 1 ? answers : first) }
}

function fieldsOf({ requestContext: { requestId, connectionId, authorizer } }: SocketEvent) {
  return { request_id: requestId, connection_id: connectionId, user_id: Number(authorizer?.user_id) }
}

function connectionOf({ requestContext }: SocketEvent): Connection {
  const { authorizer = {}, connectedAt, connectionId } = requestContext
  return {
    id: connectionId,
    userId: Number(authorizer.user_id),
    sessionId: String(authorizer.session_id),
    connectedAt: connectedAt ?? 0,
    takesArrays: String(authorizer.batch) === 'true',
  }
}
