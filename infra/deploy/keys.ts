/**
 * The keys of a stage, and where they are kept. Private halves and the origin secret are in Secrets Manager; what CloudFormation has to
 * read anew at each update of the stack is in parameters: the public keys, and the version of the origin secret.
 */
import { generateKeyPairSync, hash, type JsonWebKey, randomBytes } from 'node:crypto'
import { type Cloud, isRefusal } from './cloud.ts'
import { say } from './command.ts'

export const tokenKeysOf = (stage: string): string => `/gochat/${stage}/token-keys`
export const originVersionOf = (stage: string): string => `/gochat/${stage}/origin-secret-version`

/** Where the keys of a stage are. */
export interface Place {
  cloud: Cloud
  stage: string
  /** Of the data stack: the names of the two secrets. */
  data: Readonly<Record<string, string>>
  signal: AbortSignal
}

/** A key as it stands in the set: of one that signs no more, also when its last token expires, in seconds. */
export type PublicKey = JsonWebKey & { kid?: string; exp?: number }

/** Makes the pair when the secret is empty. What was made once stays: another key would end all sessions. */
export async function ensureTokenKeys(place: Place): Promise<void> {
  let current = await readSecret(place, tokenSecret(place), { VersionStage: 'AWSCURRENT' })
  if (!current) {
    current = { text: JSON.stringify(createSigningKey()), version: '' }
    await writeSecret(place, tokenSecret(place), current.text, ['AWSCURRENT'])
    say('Made the key that signs tokens')
  }
  // It may hold an older key, too, whose tokens are still about.
  if ((await readParameter(place, tokenKeysOf(place.stage))) === undefined)
    await writeKeySet(place, [publicPart(JSON.parse(current.text))])
}

/** Makes what the edge shows when there is none. */
export async function ensureOriginSecret(place: Place): Promise<void> {
  if ((await readParameter(place, originVersionOf(place.stage))) !== undefined) return
  await writeOrigin(place, { current: createSecret(), other: createSecret() })
  say('Made the secret that CloudFront shows to the functions')
}

export const tokenSecret = ({ data }: Place): string => data.TokenSigningSecret ?? ''

export async function readKeySet(place: Place): Promise<PublicKey[]> {
  const { keys } = JSON.parse((await readParameter(place, tokenKeysOf(place.stage))) ?? '{"keys":[]}')
  return keys
}

export const writeKeySet = (place: Place, keys: readonly PublicKey[]): Promise<void> =>
  writeParameter(place, tokenKeysOf(place.stage), JSON.stringify({ keys }))

/** The edge shows `current`; the functions take both. */
export interface Origin {
  current: string
  other: string
}

/** The version that the stack is told to use. */
export async function readOrigin(place: Place): Promise<Origin | undefined> {
  const VersionId = await readParameter(place, originVersionOf(place.stage))
  const found = VersionId && (await readSecret(place, place.data.OriginSecret ?? '', { VersionId }))
  return found ? JSON.parse(found.text) : undefined
}

export async function writeOrigin(place: Place, origin: Origin): Promise<void> {
  const version = await writeSecret(place, place.data.OriginSecret ?? '', JSON.stringify(origin), ['AWSCURRENT'])
  await writeParameter(place, originVersionOf(place.stage), version)
}

/** A version of a secret, by its id or by its label; undefined when there is none. */
export async function readSecret(
  { cloud: { secrets }, signal: abortSignal }: Place,
  SecretId: string,
  which: { VersionId: string } | { VersionStage: string },
): Promise<{ text: string; version: string } | undefined> {
  try {
    const { SecretString: text, VersionId: version = '' } = await secrets.getSecretValue(
      { SecretId, ...which },
      { abortSignal },
    )
    return text ? { text, version } : undefined
  } catch (error) {
    // There is a secret, and no such version in it.
    if (isRefusal(error, 'ResourceNotFoundException')) return undefined
    throw error
  }
}

/** Adds a version under labels, and returns its id. */
export async function writeSecret(
  { cloud: { secrets }, signal: abortSignal }: Place,
  SecretId: string,
  SecretString: string,
  VersionStages: string[],
): Promise<string> {
  const { VersionId = '' } = await secrets.putSecretValue({ SecretId, SecretString, VersionStages }, { abortSignal })
  return VersionId
}

async function readParameter(
  { cloud: { ssm }, signal: abortSignal }: Place,
  Name: string,
): Promise<string | undefined> {
  try {
    return (await ssm.getParameter({ Name }, { abortSignal })).Parameter?.Value
  } catch (error) {
    if (isRefusal(error, 'ParameterNotFound')) return undefined
    throw error
  }
}

async function writeParameter(
  { cloud: { ssm }, signal: abortSignal }: Place,
  Name: string,
  Value: string,
): Promise<void> {
  await ssm.putParameter({ Name, Type: 'String', Value, Overwrite: true }, { abortSignal })
}

/** A private key for ES256 as a JWK, named by its thumbprint (RFC 7638). */
export function createSigningKey(): JsonWebKey {
  const { kty, crv, x, y, d } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  const kid = hash('sha256', JSON.stringify({ crv, kty, x, y }), 'base64url')
  return { kid, alg: 'ES256', use: 'sig', kty, crv, x, y, d }
}

export function publicPart({ d: _, ...rest }: JsonWebKey): PublicKey {
  return rest
}

/** A secret of letters and digits, of 256 bits. */
export const createSecret = (): string => randomBytes(32).toString('hex')
