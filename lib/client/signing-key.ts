/** The key that signs tokens: on a laptop the one that verifies them, too, else a private key in Secrets Manager. */
import { createPrivateKey, type JsonWebKey } from 'node:crypto'
import { config } from '../core/config.ts'
import { localKey, type TokenKey } from '../core/token.ts'

export interface SigningKey {
  /** At most 3 s; what was read is kept for five minutes. @throws Error when Secrets Manager does not answer. */
  get(): Promise<TokenKey>
}

const timeoutMs = 3_000
const maxAgeSeconds = 300

async function secret(): Promise<TokenKey> {
  // Only log-in needs it, and only where it is deployed: the client is heavy.
  const [{ SecretsProvider }, { SecretsManagerClient }] = await Promise.all([
    import('@aws-lambda-powertools/parameters/secrets'),
    import('@aws-sdk/client-secrets-manager'),
  ])
  const awsSdkV3Client = new SecretsManagerClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: timeoutMs / 2 },
  })
  provider ??= new SecretsProvider({ awsSdkV3Client })
  const text = await provider.get(config.tokenSigningSecret, { maxAge: maxAgeSeconds })
  return privateKeyOf(String(text))
}

/** A private key from its JSON Web Key (RFC 7517). @throws Error when it has no name. */
export function privateKeyOf(text: string): TokenKey {
  const { kid, ...key }: JsonWebKey & { kid?: string } = JSON.parse(text)
  if (!kid) throw new Error('the signing key has no kid')
  return { kid, algorithm: 'ES256', key: createPrivateKey({ key, format: 'jwk' }) }
}

let provider: { get(name: string, options: { maxAge: number }): Promise<unknown> } | undefined

export const signingKey: SigningKey = { get: config.stage === 'local' ? async () => localKey() : secret }
