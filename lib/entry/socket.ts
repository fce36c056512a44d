/** WebSocket entry: connections that open and close, and frames. */
import type { MiddlewareObj, Request } from '@middy/core'
import type {
  APIGatewayEventWebsocketRequestContextV2,
  APIGatewayProxyResultV2,
  APIGatewayProxyWebsocketEventV2WithRequestContext,
} from 'aws-lambda'
import { Refusal, textOf } from '../core/refusal.ts'
import type { Connection } from '../service/connection/presence.ts'
import type { FrameContext } from '../service/message/accept.ts'
import { intervalRule, usualSeconds } from '../wire/interval.ts'
import { frameOf } from '../wire/refusal.ts'
import type { ServerFrame } from '../wire/server-frame.ts'
import type { AuthorizerContext } from './authorizer.ts'
import { isObject } from './input.ts'
import { fault } from './middleware/fault.ts'
import { type FrameHandlers, frameRouter, type WithFrame } from './middleware/frame-router.ts'
import { note, refusal } from './middleware/refusal.ts'
import { type Dismiss, sessionEnd } from './middleware/session-end.ts'
import { stack } from './stack.ts'

type SocketEvent = APIGatewayProxyWebsocketEventV2WithRequestContext<
  APIGatewayEventWebsocketRequestContextV2 & { authorizer?: Partial<Record<keyof AuthorizerContext, unknown>> }
>

const outageRetrySeconds = 1

/**
 * The handler of `$connect` or `$disconnect`.
 *
 * A connection that asks for an interval of heartbeats against the rule is refused with 400, here and not by the authorizer,
 * which can answer with 401 and 403 only; one that `run` refuses, with the status of the refusal. The gateway passes on the
 * status and no body.
 */
export function connection(run: (connection: Connection) => Promise<void>) {
  return stack<SocketEvent, SocketEvent, APIGatewayProxyResultV2>(
    fieldsOf,
    [fault('connection handler failed'), refusedConnection()],
    async (event) => {
      // A frame may name this route; that neither opens nor closes a connection.
      if (event.requestContext.eventType === 'MESSAGE') return { statusCode: 400 }
      const given = connectionOf(event)
      if (Number.isNaN(given.heartbeatMs)) {
        note(new Refusal('INVALID_INPUT', { field: intervalRule }), 'upgrade')
        return { statusCode: 400 }
      }
      await run(given)
      return { statusCode: 200 }
    },
  )
}

function refusedConnection(): MiddlewareObj<SocketEvent, APIGatewayProxyResultV2> {
  return {
    // What it returns is the response, and keeps the error from those outside.
    onError({ error }) {
      if (!(error instanceof Refusal)) return
      note(error, 'upgrade')
      return { statusCode: textOf(error.reason, 'en').status }
    },
  }
}

/**
 * The handler of `$default`: routes a frame to its handler, and replies in the route response.
 *
 * Every failure becomes a frame of type 9: a refusal says why, an outage is retryable, a fault is also logged. `refused` is
 * called before a frame is refused that is malformed or of an unknown type, `dismiss` after one of a session that is over.
 */
export function frames(
  handlers: FrameHandlers,
  refused: (context: FrameContext) => Promise<void>,
  dismiss: Dismiss = async () => false,
) {
  return stack<SocketEvent, SocketEvent & WithFrame, APIGatewayProxyResultV2>(
    fieldsOf,
    [sessionEnd(dismiss), refusal(outageRetrySeconds, refusedFrame), frameContext(), frameRouter(handlers, refused)],
    async ({ handle, frameContext }) => routeResponse(await handle(frameContext), frameContext.connection.takesArrays),
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
      }
    },
  }
}

function refusedFrame(refused: Refusal, { event }: Request<SocketEvent & WithFrame>): APIGatewayProxyResultV2 {
  const { client_msg_id, call_id }: Record<string, unknown> = isObject(event.value) ? event.value : {}
  const of = { ...(isUsable(client_msg_id) && { client_msg_id }), ...(isUsable(call_id) && { call_id }) }
  return routeResponse([frameOf(refused, event.frameContext.language, of)], false)
}

const isUsable = (id: unknown): id is string => typeof id === 'string' && id.length <= 128

// A route response is one message: clients that do not accept arrays get the first reply only.
function routeResponse(replies: readonly ServerFrame[], batch: boolean): APIGatewayProxyResultV2 {
  const [first] = replies
  if (!first) return { statusCode: 200 }
  return { statusCode: 200, body: JSON.stringify(batch && replies.length > 1 ? replies : first) }
}

// The gateway's message id becomes the id of the frame's record, under which the consumer logs it.
function fieldsOf({ requestContext: { requestId, connectionId, messageId, authorizer } }: SocketEvent) {
  const user_id = Number(authorizer?.user_id)
  return { request_id: requestId, connection_id: connectionId, record_id: messageId, user_id }
}

function connectionOf({ requestContext }: SocketEvent): Connection {
  const { authorizer = {}, connectedAt, connectionId } = requestContext
  return {
    id: connectionId,
    userId: Number(authorizer.user_id),
    sessionId: String(authorizer.session_id),
    connectedAt: connectedAt ?? 0,
    takesArrays: String(authorizer.batch) === 'true',
    // Connections that were opened before it could be asked for have none.
    heartbeatMs: Number(authorizer.heartbeat ?? usualSeconds) * 1000,
    expiresAt: Number(authorizer.expires_at) * 1000,
  }
}
