/** Tokens: what a true one says, and how a false one is made. */
import { createHmac } from 'node:crypto'
import { z } from 'zod'

const Claims = z.looseObject({
  user_id: z.int().positive(),
  username: z.string(),
  iss: z.literal('go-chat'),
  iat: z.int(),
  exp: z.int(),
  jti: z.string().min(1),
})
export type Claims = z.infer<typeof Claims>

/** The service's own key, if the run was given it. */
export const signingKey = process.env.JWT_SECRET

export const hs256 = { alg: 'HS256', typ: 'JWT' }

/** Tokens that nobody issued, each made from a true one; none needs the service's key. */
export const forgeries: [title: string, forge: (token: string) => string][] = [
  ['signed with another key', (token) => signed(hs256, claimsOf(token), 'not the key of this service')],
  ['signed with an empty key', (token) => signed(hs256, claimsOf(token), '')],
  ['of algorithm none without signature', (token) => `${encoded({ alg: 'none', typ: 'JWT' }, claimsOf(token))}.`],
  ['of algorithm nOnE without signature', (token) => `${encoded({ alg: 'nOnE', typ: 'JWT' }, claimsOf(token))}.`],
  ['of algorithm none under the old signature', (token) => resealed(token, { alg: 'none' }, claimsOf(token))],
  ['with another user under the old signature', (token) => resealed(token, hs256, someoneElse(token))],
  ['with a later end under the old signature', (token) => resealed(token, hs256, endlessly(token))],
  ['with a truncated signature', (token) => token.slice(0, -6)],
  ['with an empty signature', (token) => token.slice(0, token.lastIndexOf('.') + 1)],
  ['without a signature', (token) => token.slice(0, token.lastIndexOf('.'))],
  ['of one part', (token) => token.slice(0, token.indexOf('.'))],
  ['that is no token', () => 'garbage'],
  ['of three empty parts', () => '..'],
  ['of three parts of garbage', () => 'a.b.c'],
  ['whose claims are null', () => signed(hs256, null, 'not the key of this service')],
  ['that is very long', () => 'x'.repeat(3000)],
]

/** The claims of a token, unverified. */
export function claimsOf(token: string): Claims {
  const payload = token.split('.')[1] ?? ''
  return Claims.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
}

/** A token signed with HMAC, by SHA-256 unless the header says HS512. */
export function signed(header: { alg: string }, claims: object | null, key: string): string {
  const body = encoded(header, claims)
  const hash = header.alg === 'HS512' ? 'sha512' : 'sha256'
  return `${body}.${createHmac(hash, key).update(body).digest('base64url')}`
}

function encoded(header: object, claims: object | null): string {
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
}

function resealed(token: string, header: object, claims: object): string {
  return `${encoded(header, claims)}.${token.split('.')[2] ?? ''}`
}

function someoneElse(token: string): Claims {
  const claims = claimsOf(token)
  return { ...claims, user_id: claims.user_id === 1 ? 2 : 1 }
}

function endlessly(token: string): Claims {
  const claims = claimsOf(token)
  return { ...claims, exp: claims.exp + 1_000_000 }
}
