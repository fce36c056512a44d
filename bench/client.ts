/** People for the workloads: they speak only the part of the protocol that GoChat's own clients speak. */
import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { WebSocket } from 'ws'

export interface Person {
  id: number
  token: string
  name: string
}

const agent = new Agent({ keepAlive: true, maxSockets: 32 })
const timeoutMs = 30_000

/** A call that must succeed; returns the envelope's `data`. */
export function call<T>(base: string, method: string, path: string, token?: string, body?: unknown): Promise<T> {
  const payload = body === undefined ? undefined : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const outgoing = request(
      base + path,
      {
        agent,
        method,
        timeout: timeoutMs,
        headers: {
          ...(token && { authorization: `Bearer ${token}` }),
          ...(payload && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
        },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const reply = JSON.parse(text) as { code: number; data: T }
          if (reply.code === 0) resolve(reply.data)
          else reject(new Error(`${method} ${path}: ${text.slice(0, 200)}`))
        })
      },
    )
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer`)))
    outgoing.on('error', reject)
    outgoing.end(payload)
  })
}

const password = 'a password'

export async function signUp(base: string, name: string): Promise<Person> {
  const username = `${name}-${randomBytes(6).toString('hex')}`
  await call(base, 'POST', '/api/user/register', undefined, { username, password })
  const token = await logIn(base, username)
  const { id } = await call<{ id: number }>(base, 'GET', '/api/user/info', token)
  return { id, token, name: username }
}

/** A session more of somebody who has signed up. @returns its token. */
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

/** A socket whose frames go to `onFrame`, one by one, also when they come as arrays. */
export function connect(
  base: string,
  { token }: Person,
  parameters: string,
  onFrame: (frame: Record<string, unknown>) => void,
): Promise<WebSocket> {
  const socket = new WebSocket(`${base.replace(/^http/, 'ws')}/api/ws?token=${token}${parameters}`)
  socket.on('message', (data) => {
    const frames: unknown = JSON.parse(String(data))
    for (const frame of Array.isArray(frames) ? frames : [frames]) onFrame(frame)
  })
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** `work` on all items, a few at a time. */
export async function inParallel<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const queue = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}
