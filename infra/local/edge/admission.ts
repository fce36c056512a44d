/** Who may open a socket: the authorizer and `$connect` decide. */
import type { IncomingMessage } from 'node:http'
import { isObject } from './answer.ts'
import type { Call } from './call.ts'
import type { SocketRoutes } from './route.ts'
import { type Connection, connectArn, socketEvent, upgradeFacts } from './socket-event.ts'

/** The random key of an upgrade (RFC 6455, section 4.2.1). */
const keyForm = /^[+/0-9A-Za-z]{22}==$/

/** Whether the handshake is valid. */
export function isProper({ headers }: IncomingMessage): boolean {
  return keyForm.test(headers['sec-websocket-key'] ?? '') && headers['sec-websocket-version'] === '13'
}

/**
 * Calls the authorizer and `$connect`. Resolves with the status for the viewer: 101 accepts the socket. The authorizer's
 * context is stored in the connection.
 *
 * An authorizer refuses with 401 by throwing an error whose message is `Unauthorized`, with 403 by its policy; any other
 * error or answer is a 500. `$connect` refuses with the status that it answers; one that fails is a 502.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
 */
export async function admit(
  connection: Connection,
  request: IncomingMessage,
  { call, routes }: { call: Call; routes: SocketRoutes },
): Promise<number> {
  const facts = upgradeFacts(request)
  if (routes.authorizer !== undefined) {
    try {
      const question = { ...socketEvent(connection, '$connect', facts), type: 'REQUEST', methodArn: connectArn }
      const answer = await call(routes.authorizer, question)
      if (!isObject(answer) || typeof answer.principalId !== 'string')
        throw new Error('An authorizer names a principal.')
      if (!isAllowed(answer.policyDocument)) return 403
      connection.authorizer = { ...contextOf(answer.context), principalId: answer.principalId }
    } catch (error) {
      if (error instanceof Error && error.message === 'Unauthorized') return 401
      console.error(error)
      return 500
    }
  }
  if (routes.$connect === undefined) return 101
  try {
    const answer = await call(routes.$connect, socketEvent(connection, '$connect', facts))
    const status = isObject(answer) ? Number(answer.statusCode) : 502
    if (!(status >= 200 && status <= 599)) return 502
    return status < 300 ? 101 : status
  } catch (error) {
    console.error(error)
    return 502
  }
}

/** The context as later events carry it: texts, numbers and booleans, all as texts. @throws Error - for any other. */
function contextOf(context: unknown): Record<string, string> {
  const entries = Object.entries(isObject(context) ? context : {})
  if (entries.some(([, value]) => typeof value === 'object')) throw new Error('An authorizer’s context is flat.')
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]))
}

function isAllowed(policy: unknown): boolean {
  const statements = isObject(policy) && Array.isArray(policy.Statement) ? policy.Statement : []
  const effects = statements
    .filter((statement) => [statement.Resource].flat().some((resource) => covers(String(resource))))
    .map(({ Effect }) => Effect)
  return effects.includes('Allow') && !effects.includes('Deny')
}

function covers(resource: string): boolean {
  const pattern = resource
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${pattern}$`).test(connectArn)
}
