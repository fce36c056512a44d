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
  ])('refuses %s', (_title, keySet) => {
    expect(() => publicKeysOf(JSON.stringify(keySet))).toThrow('TOKEN_KEYS')
  })

  it('has the public half of what signs', () => {
    const [{ key } = {}] = set(one)
    expect(key?.equals(createPublicKey(privateKeyOf(JSON.stringify(one)).key))).toBe(true)
  })
})

it('a laptop signs and verifies by one secret', () => {
  expect(verify(issue(localKey(), ada))).toMatchObject({ userId: 7, username: 'ada' })
})
