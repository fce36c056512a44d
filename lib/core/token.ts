/** The bearer token: a JWT (HS256) that names the user and the session. */
import { createSecretKey } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { config } from './config.ts'
import { Refusal } from './refusal.ts'
import { newSessionId } from './session-id.ts'

const issuer = 'go-chat'

// Given a text, the library tries at each call whether it is a public key, and catches the error.
const secret = createSecretKey(config.jwtSecret, 'utf8')

export interface Claims {
  userId: number
  username: string
  sessionId: string
  /** Seconds since the epoch. */
  expiresAt: number
}

/** A fresh token for a user who has just proved who they are. `sessionEpoch` comes from the row that proved it. */
export function issue(user: { id: number; username: string; sessionEpoch: number }): string {
  return jwt.sign({ user_id: user.id, username: user.username }, secret, {
    algorithm: 'HS256',
    issuer,
    expiresIn: config.tokenTtlSeconds,
    jwtid: newSessionId(user.sessionEpoch),
  })
}

/**
 * The claims of a token that this service has signed. Whether its session still stands is for service/account/session to say.
 *
 * @throws Refusal TOKEN_EXPIRED - past its `exp`.
 * @throws Refusal TOKEN_INVALID - anything else that is wrong with it.
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
