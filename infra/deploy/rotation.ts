/**
 * How keys take the place of others while the stage runs: whoever checks knows the new one before anybody shows it, and the old one as
 * long as somebody may. Each step can be repeated: a rotation that was cut off goes on where it stood.
 */
import { Refused, say } from './command.ts'
import {
  createSecret,
  createSigningKey,
  type Place,
  type PublicKey,
  publicPart,
  readKeySet,
  readOrigin,
  readSecret,
  tokenSecret,
  writeKeySet,
  writeOrigin,
  writeSecret,
} from './keys.ts'

/** Functions keep the private key for five minutes after they have read it. */
const cachedSeconds = 300

export interface Rotation extends Place {
  /** Lets the functions and the edge know what is written down, and resolves when all do. */
  update(): Promise<void>
  /** How long a token is valid. */
  tokenTtlSeconds: number
  /** Milliseconds since the epoch. */
  now: number
}

/**
 * Begins to sign tokens with a new key; or, if that was done before and the last token of the old key has expired, removes the old one.
 *
 * @throws Refused - tokens of the old key are still valid.
 */
export async function rotateTokenKeys(rotation: Rotation): Promise<void> {
  const { current, pending } = await signingKeys(rotation)
  const old = (await readKeySet(rotation)).filter(({ kid }) => kid !== current.key.kid)
  if (pending || old.length === 0) await noteEnds(rotation, await beginNewKey(rotation))
  else await removeExpired(rotation, current.key, old)
}

/** Replaces a key that others may know: all tokens end. */
export async function replaceTokenKeys(rotation: Rotation): Promise<void> {
  await beginNewKey(rotation)
  const { current } = await signingKeys(rotation)
  await keepOnly(rotation, [publicPart(current.key)])
  say('Only tokens of the new key count. Everybody has to log in again.')
}

/** Adds the new public key everywhere, and only then signs with its private half. Returns the others. */
async function beginNewKey(rotation: Rotation): Promise<PublicKey[]> {
  const { current, pending = await createPending(rotation) } = await signingKeys(rotation)
  const others = (await readKeySet(rotation)).filter(({ kid }) => kid !== pending.key.kid)
  await writeKeySet(rotation, [...others, publicPart(pending.key)])
  say(`All functions learn the key ${pending.key.kid}`)
  await rotation.update()
  await rotation.cloud.secrets.updateSecretVersionStage(
    {
      SecretId: tokenSecret(rotation),
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: pending.version,
      RemoveFromVersionId: current.version,
    },
    { abortSignal: rotation.signal },
  )
  say('Log-ins sign with it, within five minutes')
  return others
}

/** Writes down until when keys are needed that sign no more. */
async function noteEnds(rotation: Rotation, old: readonly PublicKey[]): Promise<void> {
  const ends = Math.ceil(rotation.now / 1000) + rotation.tokenTtlSeconds + cachedSeconds
  const kids = new Set(old.map(({ kid }) => kid))
  const keys = (await readKeySet(rotation)).map((key) => (kids.has(key.kid) ? { exp: ends, ...key } : key))
  await writeKeySet(rotation, keys)
  say(`The old key counts until ${dateOf(ends)}. Give the same command again after that.`)
}

async function removeExpired(rotation: Rotation, current: PublicKey, old: readonly PublicKey[]): Promise<void> {
  // Of a rotation that was cut off before its end was noted.
  if (old.some(({ exp }) => exp === undefined)) return noteEnds(rotation, old)
  const last = Math.max(...old.map(({ exp = 0 }) => exp))
  if (last * 1000 > rotation.now)
    throw new Refused(`Tokens of the old key are valid until ${dateOf(last)}. It cannot be removed before that.`)
  await keepOnly(rotation, [publicPart(current)])
  say('The old key is removed. Nobody was logged out.')
}

async function keepOnly(rotation: Rotation, keys: readonly PublicKey[]): Promise<void> {
  await writeKeySet(rotation, keys)
  await rotation.update()
}

interface SigningVersion {
  key: PublicKey & { d?: string }
  version: string
}

/** The key that signs, and the next one if a rotation was cut off before it signed. */
async function signingKeys(rotation: Rotation): Promise<{ current: SigningVersion; pending?: SigningVersion }> {
  const of = async (VersionStage: string): Promise<SigningVersion | undefined> => {
    const found = await readSecret(rotation, tokenSecret(rotation), { VersionStage })
    return found && { key: JSON.parse(found.text), version: found.version }
  }
  const [current, pending] = [await of('AWSCURRENT'), await of('AWSPENDING')]
  if (!current) throw new Refused(`${rotation.stage} has no key that signs tokens: deploy it first.`)
  // The label stays where it is when its version becomes the current one.
  return pending && pending.version !== current.version ? { current, pending } : { current }
}

async function createPending(rotation: Rotation): Promise<SigningVersion> {
  const key = createSigningKey()
  return { key, version: await writeSecret(rotation, tokenSecret(rotation), JSON.stringify(key), ['AWSPENDING']) }
}

/** Replaces the secret that the edge shows to the functions. No request is refused meanwhile. */
export async function rotateOriginSecret(rotation: Rotation): Promise<void> {
  const { update } = rotation
  // What an earlier run has written down may not have got through.
  await update()
  const { current } = (await readOrigin(rotation)) ?? noOrigin(rotation)
  const next = createSecret()
  say('The functions learn the new secret')
  await writeOrigin(rotation, { current, other: next })
  await update()
  say('CloudFront shows it')
  await writeOrigin(rotation, { current: next, other: current })
  await update()
  say('The functions forget the old one')
  await writeOrigin(rotation, { current: next, other: createSecret() })
  await update()
}

function noOrigin({ stage }: Rotation): never {
  throw new Refused(`${stage} has no origin secret: deploy it first.`)
}

const dateOf = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
