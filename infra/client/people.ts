/** Users of the chat, by the calls that GoChat's own clients make. */
import { randomBytes } from 'node:crypto'
import { call } from './http.ts'

export interface Person {
  id: number
  token: string
  name: string
}

export const password = 'a password'

export async function signUp(base: string, name: string): Promise<Person> {
  const username = `${name}-${randomBytes(6).toString('hex')}`
  // GoChat itself requires one.
  const email = `${username}@example.com`
  await call(base, 'POST', '/api/user/register', undefined, { username, password, email })
  const token = await logIn(base, username)
  const { id } = await call<{ id: number }>(base, 'GET', '/api/user/info', token)
  return { id, token, name: username }
}

/** Opens another session of a registered user. @returns its token. */
export async function logIn(base: string, username: string): Promise<string> {
  const { token } = await call<{ token: string }>(base, 'POST', '/api/user/login', undefined, { username, password })
  return token
}

export async function befriend(base: string, one: Person, other: Person): Promise<void> {
  await call(base, 'POST', '/api/friend/request', one.token, { target_id: other.id })
  const requests = await call<{ id: number; sender_id: number }[]>(base, 'GET', '/api/friend/requests', other.token)
  const request_id = requests.find(({ sender_id }) => sender_id === one.id)?.id
  await call(base, 'POST', '/api/friend/handle', other.token, { request_id, action: 1 })
}
