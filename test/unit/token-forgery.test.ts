/** Tokens that nobody issued, in every form that is known to have opened a door somewhere. */
import { createSecretKey } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { describe, expect, it } from 'vitest'
import { config } from '../../lib/core/config.ts'
import { issue, localKey, verify } from '../../lib/core/token.ts'
import { claimsOf, forgeries, signed } from '../support/token.ts'

const token = issue(localKey(), { id: 7, username: 'ada', sessionEpoch: 1 })
const claims = claimsOf(token)
const now = Math.floor(Date.now() / 1000)

describe('a token that the key has not signed', () => {
  it.each(forgeries)('is refused: %s', (_title, forge) => {
    expect(() => verify(forge(token))).toThrow('TOKEN_INVALID')
  })
})

describe('a token under the right key', () => {
  const sealed = (given: object, algorithm: jwt.Algorithm = 'HS256') =>
    jwt.sign(JSON.stringify({ ...claims, ...given }), createSecretKey(config.jwtSecret, 'utf8'), { algorithm })

  it('counts as it was issued', () => {
    expect(verify(sealed({}))).toMatchObject({ userId: 7 })
  })

  it.each(['HS384', 'HS512'] as const)('is refused by another algorithm: %s', (algorithm) => {
    expect(() => verify(sealed({}, algorithm))).toThrow('TOKEN_INVALID')
  })

  it.each([['somebody else'], [undefined], [''], [['go-chat', 'x']], [{ 'go-chat': 1 }]])(
    'is refused from another issuer: %j',
    (iss) => {
      expect(() => verify(sealed({ iss }))).toThrow('TOKEN_INVALID')
    },
  )

  it.each([now - 1, now - 3600, 0])('is refused after its end: %j', (exp) => {
    expect(() => verify(sealed({ exp }))).toThrow(/^TOKEN_/)
  })

  it.each([
    { exp: undefined },
    { exp: `${now + 60}` },
    { exp: null },
    { nbf: now + 60 },
    { user_id: undefined },
    { user_id: '7' },
    { user_id: 0 },
    { user_id: -7 },
    { user_id: 7.5 },
    { user_id: 2 ** 53 },
    { user_id: [7] },
    { username: undefined },
    { username: 7 },
    { jti: undefined },
    { jti: '' },
  ])('is refused without its meaning: %j', (given) => {
    expect(() => verify(sealed(given))).toThrow('TOKEN_INVALID')
  })

  it('is refused with a key that it brings along', () => {
    const own = 'a key of my own, which is long enough'
    const jwk = { kty: 'oct', k: Buffer.from(own).toString('base64url') }
    for (const header of [
      { alg: 'HS256', jwk },
      { alg: 'HS256', jku: 'https://a.example/keys' },
      { alg: 'HS256', x5u: 'https://a.example/key' },
      { alg: 'HS256', kid: '../../../dev/null' },
      { alg: 'HS256', kid: "' union select 'x" },
    ]) {
      expect(() => verify(signed(header, claims, own))).toThrow('TOKEN_INVALID')
      expect(() => verify(signed(header, claims, ''))).toThrow('TOKEN_INVALID')
    }
  })
})
