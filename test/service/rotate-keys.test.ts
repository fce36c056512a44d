/**
 * Keys take the place of others while functions run: the rotation against a played AWS, by its real clients, and the packaged
 * functions that sign and check tokens. While the stack is updated, environments of before and after are both at work.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openCloud } from '../../infra/deploy/cloud.ts'
import {
  createSigningKey,
  ensureOriginSecret,
  ensureTokenKeys,
  originVersionOf,
  type Place,
  publicPart,
  readKeySet,
  readOrigin,
  tokenKeysOf,
} from '../../infra/deploy/keys.ts'
import { type Rotation, replaceTokenKeys, rotateOriginSecret, rotateTokenKeys } from '../../infra/deploy/rotation.ts'
import { refreshStack } from '../../infra/deploy/stack.ts'
import { run } from '../../infra/services/process.ts'
import { originSecret } from '../deploy/function/environment.ts'
import { httpEvent } from '../deploy/function/event.ts'
import type { Running } from '../deploy/function/running.ts'
import { answered } from '../deploy/function/scene.ts'
import { type PlayedCloud, playCloud } from './cloud.ts'
import { type Deployment, deployment } from './deployed.ts'

const credentials = { username: `ada-${randomUUID()}`, password: 'a password' }
const { signal } = new AbortController()
const tokenTtlSeconds = 3600
const data = { TokenSigningSecret: 'TokenSigningSecret', OriginSecret: 'OriginSecret' }

let deployed: Deployment
let aws: PlayedCloud
let place: Place

/** Functions of one time: who signs, and who checks. Each knows the keys that CloudFormation told it when it was made. */
interface Environments {
  logIn: Running
  info: Running
}
let current: Environments

async function environments(): Promise<Environments> {
  const variables = {
    TOKEN_KEYS: aws.parameters.get(tokenKeysOf('dev')) ?? '',
    TOKEN_SIGNING_SECRET: data.TokenSigningSecret,
    ORIGIN_SECRET: originSecret,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.url,
    AWS_USE_DUALSTACK_ENDPOINT: 'false',
  }
  const [logIn, info] = await Promise.all([
    deployed.start('user/login', variables),
    deployed.start('user/info', variables),
  ])
  return { logIn, info }
}

async function tokenOf({ logIn }: Environments): Promise<string> {
  const { envelope } = answered(await logIn.invoke(httpEvent('POST /api/user/login', { body: credentials })))
  return String(Reflect.get(Object(envelope.data), 'token'))
}

async function statusOf({ info }: Environments, token: string): Promise<number> {
  return answered(await info.invoke(httpEvent('GET /api/user/info', { token }))).status
}

const kidOf = (token: string): string => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid

/** What the rotation is told, at a moment. */
const at = (seconds: number): Rotation => ({
  ...place,
  update: () => refreshStack(place.cloud, 'gochat-dev', signal),
  tokenTtlSeconds,
  now: Date.now() + seconds * 1000,
})

/** Runs a step. Whoever is at work meanwhile, before and after the update, has to take the tokens of all others. */
async function step(run: () => Promise<void>): Promise<void> {
  const tokens = [await tokenOf(current)]
  aws.onUpdate = async () => {
    const next = await environments()
    tokens.push(await tokenOf(current), await tokenOf(next))
    for (const checking of [current, next]) {
      for (const token of tokens) expect(await statusOf(checking, token)).toBe(200)
    }
    await Promise.all([current.logIn.stop(), current.info.stop()])
    current = next
  }
  await run()
  // One that was started later reads the key that signs now.
  const later = await environments()
  const fresh = await tokenOf(later)
  for (const checking of [current, later]) expect(await statusOf(checking, fresh)).toBe(200)
}

beforeAll(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'id')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'key')
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  deployed = await deployment('user/login', 'user/info', 'user/register')
  const TOKEN_KEYS = JSON.stringify({ keys: [publicPart(createSigningKey())] })
  const register = await deployed.start('user/register', { TOKEN_KEYS, ORIGIN_SECRET: originSecret })
  const reply = await register.invoke(httpEvent('POST /api/user/register', { body: credentials }))
  expect(answered(reply).envelope.code).toBe(0)
})

afterAll(async () => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  await deployed?.stop()
})

beforeEach(async () => {
  aws = await playCloud()
  for (const secret of Object.values(data)) aws.secrets.set(secret, [])
  vi.stubEnv('AWS_ENDPOINT_URL', aws.url)
  place = { cloud: openCloud('us-east-1'), stage: 'dev', data, signal }
  await ensureTokenKeys(place)
  await ensureOriginSecret(place)
  current = await environments()
})

afterEach(() => aws.stop())

describe('the key that signs tokens', () => {
  it('is replaced without logging anyone out, and the old one leaves when its last token has expired', async () => {
    const old = await tokenOf(current)
    await step(() => rotateTokenKeys(at(0)))
    const young = await tokenOf(await environments())
    expect(kidOf(young)).not.toBe(kidOf(old))
    expect(await statusOf(current, old)).toBe(200)

    await expect(rotateTokenKeys(at(tokenTtlSeconds))).rejects.toThrow('Tokens of the old key are valid until')
    expect(await statusOf(await environments(), old)).toBe(200)

    aws.onUpdate = async () => {
      current = await environments()
    }
    await rotateTokenKeys(at(tokenTtlSeconds + 301))
    expect(await statusOf(current, old)).toBe(401)
    expect(await statusOf(current, young)).toBe(200)
    expect(await readKeySet(place)).toHaveLength(1)
  })

  it('is not used before all functions know it, and a rotation that was cut off goes on with it', async () => {
    const old = await tokenOf(current)
    aws.onUpdate = () => Promise.reject(new Error('no'))
    await expect(rotateTokenKeys(at(0))).rejects.toThrow('ended as UPDATE_ROLLBACK_COMPLETE')
    const meanwhile = await environments()
    expect(kidOf(await tokenOf(meanwhile))).toBe(kidOf(old))

    await step(() => rotateTokenKeys(at(0)))
    expect(await readKeySet(place)).toHaveLength(2)
    expect(kidOf(await tokenOf(await environments()))).not.toBe(kidOf(old))
    expect(await statusOf(current, old)).toBe(200)
  })

  it('ends all tokens when it is replaced because others know it', async () => {
    const old = await tokenOf(current)
    aws.onUpdate = async () => {
      current = await environments()
    }
    await replaceTokenKeys(at(0))
    expect(await statusOf(current, old)).toBe(401)
    expect(await statusOf(current, await tokenOf(current))).toBe(200)
  })

  it('stays as it is when the stage is deployed again', async () => {
    const before = [aws.parameters.get(tokenKeysOf('dev')), aws.parameters.get(originVersionOf('dev'))]
    await ensureTokenKeys(place)
    await ensureOriginSecret(place)
    expect([aws.parameters.get(tokenKeysOf('dev')), aws.parameters.get(originVersionOf('dev'))]).toEqual(before)
  })
})

describe('the origin secret', () => {
  const told = async () => (await readOrigin(place)) ?? { current: '', other: '' }

  /** Holds that functions take what the edge shows, in whatever order an update changes the two. One update may fail. */
  async function watch(failing = 0) {
    const first = await told()
    const seen = { known: first, shown: first.current, updates: 0 }
    aws.onUpdate = async () => {
      seen.updates += 1
      if (seen.updates === failing) throw new Error('no')
      const next = await told()
      for (const shown of [seen.shown, next.current]) {
        for (const functions of [seen.known, next]) if (!Object.values(functions).includes(shown)) broken.push(shown)
      }
      Object.assign(seen, { known: next, shown: next.current })
    }
    return { first, seen }
  }
  const broken: string[] = []
  beforeEach(() => void broken.splice(0))

  it('is replaced so that at each moment the functions take what the edge shows, before and after each update', async () => {
    const { first, seen } = await watch()
    await rotateOriginSecret(at(0))
    expect(broken).toEqual([])
    expect(seen.updates).toBeGreaterThan(2)
    expect(new Set([...Object.values(seen.known), ...Object.values(first)]).size).toBe(4)
  })

  it.each([1, 2, 3, 4])(
    'is replaced so, too, by a second run after the first one was cut off at update %i',
    async (failing) => {
      const { first, seen } = await watch(failing)
      await expect(rotateOriginSecret(at(0))).rejects.toThrow('UPDATE_ROLLBACK_COMPLETE')
      await rotateOriginSecret(at(0))
      expect(broken).toEqual([])
      expect(Object.values(seen.known)).not.toContain(first.current)
    },
  )
})

describe('the command', () => {
  const command = (...args: string[]) =>
    run(process.execPath, ['infra/deploy/rotate-keys.ts', '--region', 'us-east-1', ...args], {
      timeoutMs: 20_000,
      env: { ...process.env, AWS_ENDPOINT_URL: aws.url },
    })

  it('begins, waits as long as the stage’s own tokens live, and says so', async () => {
    expect(await command('--stage', 'dev')).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('counts until'),
    })
    const [old] = await readKeySet(place)
    expect(old?.exp).toBeLessThan(Date.now() / 1000 + 3600 + 400)
    const again = await command('--stage', 'dev')
    expect(again).toMatchObject({ exitCode: 1, output: expect.stringContaining('It cannot be removed before that.') })
    expect(again.output).not.toMatch(/ at /)
  })

  it.each([
    [[], 'Name the stage'],
    [['--stage', 'local'], 'Name the stage'],
    [['--stage', 'dev', '--origin', '--leaked'], 'leave out --leaked'],
  ])('refuses %j with a sentence', async (args, sentence) => {
    const { exitCode, output } = await command(...args)
    expect(exitCode).toBe(1)
    expect(output).toContain(sentence)
    expect(aws.calls.filter((call) => call.startsWith('Put'))).toHaveLength(4)
  })
})
