/** People of a test: each run has its own, under names nobody else has. */
import { randomBytes } from 'node:crypto'
import type { beforeAll, beforeEach } from 'vitest'
import { call, ok } from './http.ts'
import { Session } from './shape.ts'
import { claimsOf } from './token.ts'

export interface Person {
  id: number
  username: string
  password: string
  token: string
}

export const password = 'correct horse 7'

/** A user name no other run uses. */
export function uniqueName(name: string): string {
  return `${name}_${randomBytes(5).toString('hex')}`
}

export async function register(username: string, secret = password): Promise<void> {
  ok(await call('POST', '/api/user/register', { body: { username, password: secret } }))
}

/** Opens one more session and returns its token. */
export async function login(username: string, secret = password): Promise<string> {
  return ok(await call('POST', '/api/user/login', { body: { username, password: secret } }), Session).token
}

/** Registers somebody and logs in. */
export async function person(name: string): Promise<Person> {
  const username = uniqueName(name)
  await register(username)
  const token = await login(username)
  return { id: claimsOf(token).user_id, username, password, token }
}

/** Several people at once, by their names. */
export async function people<Name extends string>(...names: Name[]): Promise<Record<Name, Person>> {
  const entries = await Promise.all(names.map(async (name) => [name, await person(name)] as const))
  return Object.fromEntries(entries) as Record<Name, Person>
}

/**
 * People whom a test finds registered: the same for all tests after `beforeAll`, others for each one after `beforeEach`.
 *
 * They are nobody until then.
 */
export function newcomers<Name extends string>(
  before: typeof beforeAll | typeof beforeEach,
  ...names: Name[]
): Record<Name, Person> {
  const entries = names.map((name) => [name, { id: 0, username: '', password: '', token: '' }] as const)
  before(async () => {
    await Promise.all(entries.map(async ([name, found]) => Object.assign(found, await person(name))))
  })
  return Object.fromEntries(entries) as Record<Name, Person>
}
