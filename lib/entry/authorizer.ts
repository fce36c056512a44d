/** The authorizer of the WebSocket API: who may connect, and what every later event of the connection carries. */
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda'
import { redis } from '../client/redis.ts'
import { networkOf } from '../core/network.ts'
import { type Language, Refusal } from '../core/refusal.ts'
import { spend } from '../service/store/rate-limit.ts'
import { intervalOf } from '../wire/interval.ts'
import type { TokenSources } from './bearer.ts'
import { preferredLanguage } from './language.ts'
import { type Authenticated, authenticate } from './middleware/authenticate.ts'
import { fault } from './middleware/fault.ts'
import { type Arrived, origin } from './middleware/origin.ts'
import { note } from './middleware/refusal.ts'
import { stack } from './stack.ts'

/** The authorizer's context, which the gateway adds to every event of the connection. All values are text. */
export interface AuthorizerContext {
  user_id: string
  username: string
  session_id: string
  /** Seconds since the epoch: when the token expires. */
  expires_at: string
  language: Language
  /** `true` if the client accepts arrays of frames. */
  batch: string
  /** Seconds that the client may be silent. `NaN` if it asks for what it cannot have: then `$connect` refuses it. */
  heartbeat: string
}

type Event = APIGatewayRequestAuthorizerEvent

/**
 * The REQUEST authorizer: allows clients that come through the edge with a ticket or a token of an active session. A ticket is taken
 * here, so what is said of it is never cached.
 */
export function authorizer() {
  return stack<Event, Event & Authenticated, APIGatewayAuthorizerResult>(
    ({ requestContext }) => ({ request_id: requestContext.requestId }),
    [fault('authorizer failed'), refused(), origin(header), attempts(), authenticate(tokenSourcesOf, ticketOf)],
    async (event) => allow(event),
  )
}

// The gateway answers 403 if the policy denies, 401 if the authorizer throws an error with the text `Unauthorized`, and 500 for
// any other error. An outage must stay a 500: a 401 would log the client out.
function refused(): MiddlewareObj<Event & Authenticated & Arrived, APIGatewayAuthorizerResult> {
  return {
    onError({ error, event }) {
      if (!(error instanceof Refusal)) return
      note(error, 'upgrade', { address: addressOf(event) })
      if (!isOfNoToken(error)) throw new Error('Unauthorized')
      return { principalId: 'nobody', policyDocument: policy('Deny', event) }
    },
  }
}

/** What says nothing of the token is a 403: a 401 would log the client out. */
const isOfNoToken = ({ reason }: Refusal): boolean => reason === 'NOT_THROUGH_EDGE' || reason === 'TOO_MANY_REQUESTS'

/** Takes from the upgrades of a network, whether they succeed or not. @throws Refusal TOO_MANY_REQUESTS */
const attempts = (): MiddlewareObj<Event & Arrived> => ({
  before: ({ event }) => spend({ redis }, 'upgradesOfAddress', networkOf(addressOf(event))),
})

const addressOf = ({ viewerAddress, requestContext }: Event & Arrived): string =>
  viewerAddress ?? requestContext.identity?.sourceIp ?? ''

const policy = (Effect: 'Allow' | 'Deny', { methodArn: Resource }: Event) => ({
  Version: '2012-10-17',
  Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }],
})

function allow(event: Event & Authenticated): APIGatewayAuthorizerResult {
  const { caller, queryStringParameters } = event
  const context: AuthorizerContext = {
    user_id: String(caller.userId),
    username: caller.username,
    session_id: caller.sessionId,
    expires_at: String(caller.expiresAt),
    language: preferredLanguage(header(event, 'accept-language')),
    batch: String(queryStringParameters?.frames === 'batch'),
    heartbeat: String(intervalOf(queryStringParameters?.heartbeat)),
  }
  return {
    principalId: context.user_id,
    policyDocument: policy('Allow', event),
    context: { ...context },
  }
}

const tokenSourcesOf = (event: Event): TokenSources => ({
  door: 'socket',
  header: (name) => header(event, name),
  token: event.queryStringParameters?.token,
  cookies: header(event, 'cookie'),
})

const ticketOf = ({ queryStringParameters }: Event): string | undefined => queryStringParameters?.ticket

// The gateway passes header names on as the client spelled them.
function header(event: Event, name: string): string | undefined {
  const entry = Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name)
  return entry?.[1]
}
