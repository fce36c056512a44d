/** The trail of what matters to security, in the log: who, whence, and what. Names are hashed, secrets are never written. */
import { createHash } from 'node:crypto'
import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import * as log from '../../core/log.ts'
import { type Reason, Refusal } from '../../core/refusal.ts'
import type { Arrived } from './origin.ts'

/** Named as in OWASP's Logging Vocabulary, where it has a name. */
export type SecurityEvent =
  | 'user_created'
  | 'user_deleted'
  | 'sensitive_read'
  | 'authn_login_success'
  | 'authn_login_fail'
  | 'authn_password_change'
  | 'authn_password_change_fail'
  | 'authn_token_revoked'
  | 'authn_token_reuse'
  | 'authn_token_invalid'
  | 'authz_fail'
  | 'excess_rate_limit_exceeded'
  | 'malicious_cors'

const refused: Partial<Record<Reason, SecurityEvent>> = {
  BAD_CREDENTIALS: 'authn_login_fail',
  WRONG_PASSWORD: 'authn_password_change_fail',
  SESSION_ENDED: 'authn_token_reuse',
  TOKEN_INVALID: 'authn_token_invalid',
  NOT_THROUGH_EDGE: 'authz_fail',
  TOO_MANY_REQUESTS: 'excess_rate_limit_exceeded',
}

/** What a refusal is to the trail; undefined for those that honest clients meet. */
export const eventOf = (error: unknown): SecurityEvent | undefined =>
  error instanceof Refusal ? refused[error.reason] : undefined

/** Writes one line when a call has done what `event` names. To the line that a refusal has already it adds who it was. */
export function trail(event?: SecurityEvent): MiddlewareObj<APIGatewayProxyEventV2 & Arrived> {
  return {
    after(request) {
      if (event) log.info('security', { event, ...whoIs(request.event) })
    },
    onError(request) {
      if (eventOf(request.error)) log.addContext(whoIs(request.event))
    },
  }
}

/** The user's id stands in the context of the log, where there is one. */
function whoIs(event: APIGatewayProxyEventV2 & Arrived & { input?: { body?: unknown } }): log.Fields {
  const { body } = event.input ?? {}
  const name = typeof body === 'object' && body !== null && 'username' in body ? body.username : undefined
  return {
    address: event.viewerAddress ?? event.requestContext.http.sourceIp,
    ...(typeof name === 'string' && { name: nameHash(name) }),
  }
}

/** Tells one name from another, whatever its letters' case, without saying it. */
const nameHash = (name: string): string =>
  createHash('sha256').update(name.normalize('NFKC').toLowerCase()).digest('hex').slice(0, 16)
