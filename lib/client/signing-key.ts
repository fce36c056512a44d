/** The key that signs tokens: a private key in Secrets Manager, or on the stage `local` the key that also verifies them. */
import { createPrivateKey, type JsonWebKey } from 'node:crypto'
import { config } from '../core/config.ts'
import { within } from '../core/outage.ts'
import { localKey, type TokenKey } from '../core/token.ts'

export interface SigningKey {
  /** @throws Error when Secrets Manager has no key, or does not answer within 3 s. */
  get(): Promise<TokenKey>
}

const timeoutMs = 3_000

/** The key in a secret of Secrets Manager. */
export function openSigningKey(secretId: string): SigningKey {
  return {
    async get() {
      // Nothing but log-in uses the AWS SDK, which takes long to import.
      const { readSecret } = await import('./secret.ts')
      return privateKeyOf(await within(timeoutMs, 'secrets manager', readSecret(secretId)))
    },
  }
}

/**
 * A private key as a JSON Web Key (RFC 7517).
 *
 * @throws Error unless it is on the curve P-256 and has a kid.
 */
export function privateKeyOf(text: string): TokenKey {
  const { kid, ...jwk }: JsonWebKey & { kid?: string } = JSON.parse(text)
  if (!kid || jwk.kty !== 'EC' || jwk.crv !== 'P-256')
    throw new Error('the signing key must be on P-256 and have a kid')
  return { kid, algorithm: 'ES256', key: createPrivateKey({ key: jwk, format: 'jwk' }) }
}

export const signingKey: SigningKey =
  config.stage === 'local' ? { get: async () => localKey() } : openSigningKey(config.tokenSigningSecret)
