/** The key that signs tokens: on a laptop the one that verifies them, too, else a private key in Secrets Manager. */
import { createPrivateKey, type JsonWebKey } from 'node:crypto'
import { config } from '../core/config.ts'
import { localKey, type TokenKey } from '../core/token.ts'

export interface SigningKey {
  /** @throws Error when Secrets Manager does not answer. */
  get(): Promise<TokenKey>
}

async function fromSecret(): Promise<TokenKey> {
  const { readSecret } = await import('./secret.ts')
  return privateKeyOf(await readSecret(config.tokenSigningSecret))
}

/** A private key from its JSON Web Key (RFC 7517). @throws Error when it has no name. */
export function privateKeyOf(text: string): TokenKey {
  const { kid, ...key }: JsonWebKey & { kid?: string } = JSON.parse(text)
  if (!kid) throw new Error('the signing key has no kid')
  return { kid, algorithm: 'ES256', key: createPrivateKey({ key, format: 'jwk' }) }
}

export const signingKey: SigningKey = { get: config.stage === 'local' ? async () => localKey() : fromSecret }
