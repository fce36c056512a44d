/** The end of a connection that may not go on: its session is over, or its user has or sends too much. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyResultV2 } from 'aws-lambda'
import { Refusal } from '../../core/refusal.ts'
import type { Connection } from '../../service/connection/presence.ts'
import type { Over } from '../../service/connection/recipient.ts'

/** Posts a refusal to a connection and closes it. Returns whether the refusal got through. */
export type Dismiss = (connection: Connection, over: Over, refusal: string) => Promise<boolean>

interface Answered {
  frameContext: { connection: Connection }
}

/**
 * Ends the connection of a frame that was refused for good: its token has expired, its session has ended, it has given way to another
 * one, or its user has gone on for too long above the rate.
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
  const { reason, detail } = error
  if (reason === 'TOKEN_EXPIRED' || reason === 'SESSION_ENDED') return reason
  if (reason === 'TOO_MANY_REQUESTS' || reason === 'TOO_MANY_CONNECTIONS') return detail.isLast ? reason : undefined
  return undefined
}
