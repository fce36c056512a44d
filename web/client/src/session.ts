/** Who talks. */
import { type Environment, environmentOf } from './environment.ts'
import { Http } from './http.ts'

/** Of one log-in. The token is a secret: it opens the account. */
export interface Session {
  /** The origin of the service. */
  url: string
  token: string
  user_id: number
  username: string
  nickname: string
}

type Given = Pick<Partial<Environment>, 'fetch'>

/** Registers a user. @throws ChatError */
export async function register(url: string, username: string, password: string, given?: Given): Promise<void> {
  await httpOf(url, given).call('POST', '/api/user/register', { username, password })
}

/** Opens a session. @throws ChatError */
export async function login(url: string, username: string, password: string, given?: Given): Promise<Session> {
  type Reply = Pick<Session, 'token' | 'username' | 'nickname'>
  const reply = await httpOf(url, given).call<Reply>('POST', '/api/user/login', { username, password })
  const { id } = await httpOf(url, given, reply.token).call<{ id: number }>('GET', '/api/user/info')
  return { url: new URL(url).origin, user_id: id, ...reply }
}

/** Ends a session, everywhere. @throws ChatError */
export async function logout({ url, token }: Session, given?: Given): Promise<void> {
  await httpOf(url, given, token).call('POST', '/api/user/logout', {})
}

const httpOf = (url: string, given?: Given, token?: string): Http => new Http(url, environmentOf(given), token)
