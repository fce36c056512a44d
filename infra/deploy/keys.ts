/** The pair of keys that signs and checks tokens: the private one in a secret, the public ones where functions are told them. */
import { generateKeyPairSync, hash, type JsonWebKey } from 'node:crypto'
import { type Cloud, isRefusal } from './cloud.ts'
import { say } from './command.ts'

export const parameterOf = (stage: string): string => `/gochat/${stage}/token-keys`

/** Makes the pair when the secret is empty. What was made once stays: another key would end all sessions. */
export async function ensureTokenKeys(
  cloud: Cloud,
  stage: string,
  secretId: string,
  signal: AbortSignal,
): Promise<void> {
  const { secrets, ssm } = cloud
  let key = await secrets.getSecretValue({ SecretId: secretId }, { abortSignal: signal }).then(
    ({ SecretString }): JsonWebKey | undefined => SecretString && JSON.parse(SecretString),
    (error: unknown) => {
      // There is a secret, and nothing in it.
      if (isRefusal(error, 'ResourceNotFoundException')) return undefined
      throw error
    },
  )
  if (!key) {
    key = createSigningKey()
    await secrets.putSecretValue({ SecretId: secretId, SecretString: JSON.stringify(key) }, { abortSignal: signal })
    say('Made the key that signs tokens')
  }
  const isThere = await ssm.getParameter({ Name: parameterOf(stage) }, { abortSignal: signal }).then(
    () => true,
    (error: unknown) => {
      if (isRefusal(error, 'ParameterNotFound')) return false
      throw error
    },
  )
  // It may hold an older key, too, whose tokens are still about.
  if (isThere) return
  const Value = JSON.stringify({ keys: [publicPart(key)] })
  await ssm.putParameter({ Name: parameterOf(stage), Type: 'String', Value }, { abortSignal: signal })
}

/** A private key for ES256 as a JWK, named by its thumbprint (RFC 7638). */
export function createSigningKey(): JsonWebKey {
  const { kty, crv, x, y, d } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  const kid = hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url')
  return { kid, alg: 'ES256', use: 'sig', kty, crv, x, y, d }
}

export function publicPart({ d: _, ...rest }: JsonWebKey): JsonWebKey {
  return rest
}
