/** The bearer token: a JWT (HS256) that names the user and the session. */
import { createSecretKey } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { config } from './config.ts'
import { Refusal } from './refusal.ts'
import { newSessionId } from './session-id.ts'

const issuer = 'go-chat'

// A key object: with a string, the library first tries to parse a public key at each call, and catches the error.
const secret = createSecretKey(config.jwtSecret, 'utf8')

export interface Claims {
  userId: number
  username: string
  sessionId: string
  /** Seconds since the epoch. */
  expiresAt: number
}

/** A new token for a user whose password was just verified. `sessionEpoch` comes from the row it was verified against. */
export function issue(user: { id: number; username: string; sessionEpoch: number }): string {
  return jwt.sign({ user_id: user.id, username: user.username }, secret, {
    algorithm: 'HS256',
    issuer,
    expiresIn: config.tokenTtlSeconds,
    jwtid: newSessionId(user.sessionEpoch),
  })
}

/**
 * The claims of a token that this service has signed. Whether its session is active: see service/account/session.
 *
 * @throws Refusal TOKEN_EXPIRED - past its `exp`.
 * @throws Refusal TOKEN_INVALID - invalid in any other way.
 */
export function verify(token: string): Claims {
  let payload: string | jwt.JwtPayload
  try {
    payload = jwt.verify(token, secret, { algorithms: ['HS256'], issuer })
  } catch (error) {
    throw new Refusal(error instanceof jwt.TokenExpiredError ? 'TOKEN_EXPIRED' : 'TOKEN_INVALID')
  }
  if (typeof payload === 'string') throw new Refusal('TOKEN_INVALID')
  const { user_id: userId, username, jti: sessionId, exp: expiresAt } = payload
  if (!Number.isSafeInteger(userId) || userId < 1 || typeof username !== 'string' || !sessionId || !expiresAt) {
    throw new Refusal('TOKEN_INVALID')
  }
  return { userId, username, sessionId, expiresAt }
}
