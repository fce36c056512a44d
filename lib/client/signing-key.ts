/** The key that signs tokens: a private key in Secrets Manager, or on the stage `local` the key that also verifies them. */
import { createPrivateKey, createPublicKey, type JsonWebKey } from 'node:crypto'
import { config } from '../core/config.ts'
import { within } from '../core/outage.ts'
import { localKey, type TokenKey, verifyingKeys } from '../core/token.ts'

export interface SigningKey {
  /** @throws Error when Secrets Manager has none, has one whose tokens nobody would accept, or does not answer within 3 s. */
  get(): Promise<TokenKey>
}

const timeoutMs = 3_000

/** The key in a secret of Secrets Manager. Its public half has to be among `verifying`. */
export function openSigningKey(secretId: string, verifying: readonly TokenKey[]): SigningKey {
  return {
    async get() {
      // Nothing but log-in uses the AWS SDK, which takes long to import.
      const { readSecret } = await import('./secret.ts')
      return amongst(verifying, privateKeyOf(await within(timeoutMs, 'secrets manager', readSecret(secretId))))
    },
  }
}

function amongst(verifying: readonly TokenKey[], signing: TokenKey): TokenKey {
  const known = verifying.find(({ kid }) => kid === signing.kid)
  if (known && createPublicKey(signing.key).equals(known.key)) return signing
  throw new Error(`the signing key ${signing.kid} is not among TOKEN_KEYS: no function would accept its tokens`)
}

/**
 * A private key as a JSON Web Key (RFC 7517).
 *
 * @throws Error unless it is on the curve P-256 and has a kid.
 */
export function privateKeyOf(text: string): TokenKey {
  const { kid, ...jwk } = parsed(text)
  if (!kid || jwk.kty !== 'EC' || jwk.crv !== 'P-256')
    throw new Error('the signing key must be on P-256 and have a kid')
  return { kid, algorithm: 'ES256', key: createPrivateKey({ key: jwk, format: 'jwk' }) }
}

function parsed(text: string): JsonWebKey & { kid?: string } {
  try {
    return { ...JSON.parse(text) }
  } catch {
    // The parser's own words would quote the secret.
    throw new Error('the signing key is not a JSON Web Key')
  }
}

export const signingKey: SigningKey =
  config.stage === 'local' ? { get: async () => localKey() } : openSigningKey(config.tokenSigningSecret, verifyingKeys)
