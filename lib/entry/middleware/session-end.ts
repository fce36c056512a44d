/** The end of a connection whose session is over. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyResultV2 } from 'aws-lambda'
import { Refusal } from '../../core/refusal.ts'
import type { Connection, Over } from '../../service/connection/presence.ts'

/** Posts a refusal to a connection and closes it. Returns whether the refusal got through. */
export type Dismiss = (connection: Connection, over: Over, refusal: string) => Promise<boolean>

interface Answered {
  frameContext: { connection: Connection }
}

/**
 * Ends the connection of a frame that was refused because its token has expired or its session has ended.
 *
 * It stands before what makes the reply. A closed connection is not sent the response of its route, so the reply goes ahead of
 * the close as a post; if it does not get through, it stays the response.
 */
export function sessionEnd<Event extends Answered>(dismiss: Dismiss): MiddlewareObj<Event, APIGatewayProxyResultV2> {
  return {
    async onError(request) {
      const over = overBy(request.error)
      const reply = request.response
      if (!over || typeof reply !== 'object' || !reply?.body) return
      if (await dismiss(request.event.frameContext.connection, over, reply.body)) request.response = { statusCode: 200 }
    },
  }
}

function overBy(error: unknown): Over | undefined {
  if (!(error instanceof Refusal)) return undefined
  return error.reason === 'TOKEN_EXPIRED' || error.reason === 'SESSION_ENDED' ? error.reason : undefined
}
