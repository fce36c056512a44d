/** Tokens by key sets: several keys at once, and what a token may not choose. */
import { createPublicKey, createSecretKey } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { describe, expect, it } from 'vitest'
import { createSigningKey, publicPart } from '../../infra/deploy/keys.ts'
import { privateKeyOf } from '../../lib/client/signing-key.ts'
import { issue, localKey, publicKeysOf, type TokenKey, verify, verifyBy } from '../../lib/core/token.ts'

const ada = { id: 7, username: 'ada', sessionEpoch: 1 }
const [one, two] = [createSigningKey(), createSigningKey()]
const set = (...keys: (typeof one)[]): TokenKey[] => publicKeysOf(JSON.stringify({ keys: keys.map(publicPart) }))
const refusal = (keys: TokenKey[], token: string) => {
  try {
    verifyBy(keys, token)
  } catch (error) {
    return error
  }
}

describe('a key set', () => {
  const token = issue(privateKeyOf(JSON.stringify(one)), ada)

  it('verifies what any of its keys has signed, so that keys can be exchanged without ending a session', () => {
    const later = issue(privateKeyOf(JSON.stringify(two)), ada)
    for (const keys of [set(one), set(one, two), set(two, one)]) {
      expect(verifyBy(keys, token)).toMatchObject({ userId: 7, username: 'ada' })
    }
    expect(verifyBy(set(one, two), later)).toMatchObject({ userId: 7 })
  })

  it('refuses what a key has signed that has left it', () => {
    for (const keys of [set(two), set(two, createSigningKey())]) {
      expect(refusal(keys, token)).toMatchObject({ reason: 'TOKEN_INVALID' })
    }
  })

  it('verifies by the key that a token names, however few there are', () => {
    const named = jwt.decode(token, { complete: true })?.header
    const { key } = privateKeyOf(JSON.stringify(one))
    const claims = jwt.decode(token) as object
    const unnamed = jwt.sign(claims, key, { algorithm: 'ES256' })
    expect(named?.kid).toBe(one.kid)
    for (const kid of ['', 'other', String(two.kid), '__proto__', '0']) {
      const forged = jwt.sign(claims, key, { algorithm: 'ES256', keyid: kid })
      for (const keys of [set(one), set(one, two)]) {
        expect(refusal(keys, forged)).toMatchObject({ reason: 'TOKEN_INVALID' })
        expect(refusal(keys, unnamed)).toMatchObject({ reason: 'TOKEN_INVALID' })
      }
    }
  })

  it.each([1, {}, ['x'], null, true])('knows no session by the name %j', (jti) => {
    const { key } = privateKeyOf(JSON.stringify(one))
    const claims = { ...(jwt.decode(token) as object), jti }
    const odd = jwt.sign(JSON.stringify(claims), key, { algorithm: 'ES256', keyid: String(one.kid) })
    expect(refusal(set(one), odd)).toMatchObject({ reason: 'TOKEN_INVALID' })
  })

  it.each([
    ['a day ahead', (now: number) => now + 86_400],
    ['two minutes ahead', (now: number) => now + 120],
    ['no time', () => undefined],
    ['a text', (now: number) => String(now)],
    ['null', () => null],
  ])('refuses what says that it was issued at %s', (_title, issuedAt) => {
    const { key } = privateKeyOf(JSON.stringify(one))
    const claims = { ...(jwt.decode(token) as object), iat: issuedAt(Math.floor(Date.now() / 1000)) }
    const odd = jwt.sign(JSON.stringify(claims), key, { algorithm: 'ES256', keyid: String(one.kid) })
    expect(refusal(set(one), odd)).toMatchObject({ reason: 'TOKEN_INVALID' })
  })

  it('takes what a clock that is half a minute ahead has issued', () => {
    const { key } = privateKeyOf(JSON.stringify(one))
    const claims = { ...(jwt.decode(token) as object), iat: Math.floor(Date.now() / 1000) + 30 }
    const early = jwt.sign(claims, key, { algorithm: 'ES256', keyid: String(one.kid) })
    expect(verifyBy(set(one), early)).toMatchObject({ userId: 7 })
  })

  it.each([['exp'], ['b64'], ['http://example.com/unknown']])('knows nothing that is critical, such as %j', (name) => {
    const { key } = privateKeyOf(JSON.stringify(one))
    const header = { alg: 'ES256', crit: [name], [name]: true }
    const claims = jwt.decode(token) as object
    const odd = jwt.sign(claims, key, { algorithm: 'ES256', keyid: String(one.kid), header } as jwt.SignOptions)
    expect(jwt.decode(odd, { complete: true })?.header).toMatchObject({ crit: [name] })
    expect(refusal(set(one), odd)).toMatchObject({ reason: 'TOKEN_INVALID' })
  })

  it('is not taken for the secret of another algorithm, nor named by a token that another key has signed', () => {
    const [{ kid, key } = {}] = set(one)
    const pem = key?.export({ type: 'spki', format: 'pem' }).toString() ?? ''
    const claims = { user_id: 7, username: 'ada' }
    const given = { issuer: 'go-chat', expiresIn: 60, jwtid: '1.x', keyid: String(kid) }
    const asSecret = jwt.sign(claims, createSecretKey(pem, 'utf8'), { ...given, algorithm: 'HS256' })
    const byOther = issue({ ...privateKeyOf(JSON.stringify(two)), kid }, ada)
    const unsigned = jwt.sign(claims, '', { ...given, algorithm: 'none' })
    for (const forged of [asSecret, byOther, unsigned, 'garbage', '..', '']) {
      expect(refusal(set(one), forged)).toMatchObject({ reason: 'TOKEN_INVALID' })
      expect(refusal(set(one, two), forged)).toMatchObject({ reason: 'TOKEN_INVALID' })
    }
  })

  it.each([
    ['none', { keys: [] }],
    ['a private key', { keys: [one] }],
    ['a key without a name', { keys: [{ ...publicPart(one), kid: undefined }] }],
    ['a secret', { keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'x' }] }],
    ['two keys of one name', { keys: [publicPart(one), { ...publicPart(two), kid: one.kid }] }],
    ['no list', { keys: 7 }],
    ['no object', 7],
    ['null', null],
  ])('refuses %s', (_title, keySet) => {
    expect(() => publicKeysOf(JSON.stringify(keySet))).toThrow(/^TOKEN_KEYS [a-z]/)
  })

  it.each(['', '{', 'null', '{{resolve:ssm:/gochat/dev/token-keys}}'])('says what is wrong if it is %j', (text) => {
    expect(() => publicKeysOf(text)).toThrow(/^TOKEN_KEYS (is not a JSON Web Key Set|has no key)$/)
  })

  it('may say of a key until when it is needed', () => {
    const keys = publicKeysOf(JSON.stringify({ keys: [{ ...publicPart(one), exp: 1 }, publicPart(two)] }))
    expect(verifyBy(keys, token)).toMatchObject({ userId: 7 })
  })

  it('has the public half of what signs', () => {
    const [{ key } = {}] = set(one)
    expect(key?.equals(createPublicKey(privateKeyOf(JSON.stringify(one)).key))).toBe(true)
  })
})

it('a laptop signs and verifies by one secret, which no token names', () => {
  const token = issue(localKey(), ada)
  expect(verify(token)).toMatchObject({ userId: 7, username: 'ada' })
  const { key } = localKey()
  const named = jwt.sign(jwt.decode(token) as object, key, { algorithm: 'HS256', keyid: 'one' })
  expect(() => verify(named)).toThrow('TOKEN_INVALID')
})
