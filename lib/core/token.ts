/** The bearer token: a JWT that names the user and the session. */
import { createPublicKey, createSecretKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { config } from './config.ts'
import { Refusal } from './refusal.ts'
import { newSessionId } from './session-id.ts'

const issuer = 'go-chat'
// How far the clock of the function that issued a token may be ahead.
const skewSeconds = 60

/** A key with its name in the header of tokens. What it is decides the algorithm, never what a token says. */
export interface TokenKey {
  /** Undefined for the one key of a laptop, which tokens do not name. */
  kid: string | undefined
  algorithm: 'HS256' | 'ES256'
  // A key object: with a string, the library first tries to parse a public key at each call, and catches the error.
  key: KeyObject
}

export interface Claims {
  userId: number
  username: string
  sessionId: string
  /** Seconds since the epoch. */
  expiresAt: number
}

/** The key of a laptop, which signs and verifies. */
export const localKey = (): TokenKey => ({
  kid: undefined,
  algorithm: 'HS256',
  key: createSecretKey(config.jwtSecret, 'utf8'),
})

/** The keys that verify tokens: where deployed, each names its own. */
export const verifyingKeys: readonly TokenKey[] =
  config.stage === 'local' ? [localKey()] : publicKeysOf(config.tokenKeys)

/** The keys of a JSON Web Key Set. @throws Error unless each is a public key of P-256 with a name of its own. */
export function publicKeysOf(keySet: string): TokenKey[] {
  const keys = membersOf(keySet).map(({ kid, ...key }): TokenKey => {
    if (!kid || key.kty !== 'EC' || key.crv !== 'P-256' || key.d !== undefined) {
      throw new Error('TOKEN_KEYS must hold public keys of P-256, each with a kid')
    }
    return { kid, algorithm: 'ES256', key: createPublicKey({ key, format: 'jwk' }) }
  })
  if (keys.length === 0) throw new Error('TOKEN_KEYS has no key')
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) throw new Error('TOKEN_KEYS has two keys of one kid')
  return keys
}

function membersOf(keySet: string): (JsonWebKey & { kid?: string })[] {
  try {
    const { keys } = JSON.parse(keySet)
    return [...keys]
  } catch {
    throw new Error('TOKEN_KEYS is not a JSON Web Key Set')
  }
}

/** A new token for a user whose password was just verified. `sessionEpoch` comes from the row it was verified against. */
export function issue(
  { kid, algorithm, key }: TokenKey,
  user: { id: number; username: string; sessionEpoch: number },
  sessionId = newSessionId(user.sessionEpoch),
): string {
  return jwt.sign({ user_id: user.id, username: user.username }, key, {
    algorithm,
    issuer,
    expiresIn: config.tokenTtlSeconds,
    jwtid: sessionId,
    ...(kid !== undefined && { keyid: kid }),
  })
}

/**
 * The claims of a token that this service has signed. Whether its session is active: see service/account/session.
 *
 * @throws Refusal TOKEN_EXPIRED - past its `exp`.
 * @throws Refusal TOKEN_INVALID - invalid in any other way.
 */
export const verify = (token: string): Claims => verifyBy(verifyingKeys, token)

/** The same by other keys. Several count at once, so that one can take the place of another: the token names which. */
export function verifyBy(keys: readonly TokenKey[], token: string): Claims {
  const header = headerOf(token)
  const known = keys.find(({ kid }) => kid === header?.kid)
  // What a header marks as critical has to be understood (RFC 7515, 4.1.11): nothing of that kind is here.
  if (!known || header?.crit !== undefined) throw new Refusal('TOKEN_INVALID')
  let payload: string | jwt.JwtPayload
  try {
    payload = jwt.verify(token, known.key, { algorithms: [known.algorithm], issuer })
  } catch (error) {
    throw new Refusal(error instanceof jwt.TokenExpiredError ? 'TOKEN_EXPIRED' : 'TOKEN_INVALID')
  }
  if (typeof payload === 'string') throw new Refusal('TOKEN_INVALID')
  const { user_id: userId, username, jti: sessionId, iat: issuedAt, exp: expiresAt } = payload
  const areTexts = typeof username === 'string' && typeof sessionId === 'string'
  const isFromNow = typeof issuedAt === 'number' && issuedAt <= Date.now() / 1000 + skewSeconds
  if (!Number.isSafeInteger(userId) || userId < 1 || !areTexts || !sessionId || !isFromNow || !expiresAt) {
    throw new Refusal('TOKEN_INVALID')
  }
  return { userId, username, sessionId, expiresAt }
}

function headerOf(token: string): jwt.JwtHeader | undefined {
  try {
    return jwt.decode(token, { complete: true })?.header
  } catch {
    return undefined
  }
}
