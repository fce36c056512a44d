/** People for the workloads: they speak the protocol of GoChat's own clients, and add only what they are told to. */
import { randomBytes } from 'node:crypto'
import { Agent, request } from 'node:http'
import { WebSocket } from 'ws'

export interface Person {
  id: number
  token: string
  name: string
}

/** A frame from the server, as it came. */
export type Frame = Record<string, unknown>

const agent = new Agent({ keepAlive: true, maxSockets: 32 })
const timeoutMs = 30_000

/** The bytes that a request is answered with, once the last of them is there. @throws Error unless the status is 200. */
export function ask(base: string, method: string, path: string, token?: string, payload?: string): Promise<Buffer> {
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
        response.on('error', reject)
        response.on('end', () => {
          const body = Buffer.concat(chunks)
          // Any 200 is an answer, but a refusal comes with one, too.
          if (response.statusCode === 200 && body.includes('"code":0')) resolve(body)
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${body.toString().slice(0, 200)}`))
        })
      },
    )
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer`)))
    outgoing.on('error', reject)
    outgoing.end(payload)
  })
}

/** A call that must succeed; returns the envelope's `data`. */
export async function call<T>(base: string, method: string, path: string, token?: string, body?: unknown): Promise<T> {
  const reply = await ask(base, method, path, token, body === undefined ? undefined : JSON.stringify(body))
  return (JSON.parse(reply.toString()) as { data: T }).data
}

const password = 'a password'

export async function signUp(base: string, name: string): Promise<Person> {
  const username = `${name}-${randomBytes(6).toString('hex')}`
  // GoChat itself registers nobody without one.
  const email = `${username}@example.com`
  await call(base, 'POST', '/api/user/register', undefined, { username, password, email })
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

/** An open socket. `onPost` gets the frames of one WebSocket message, be it a frame or an array of them. */
export function connect(
  base: string,
  token: string,
  parameters: string,
  onPost: (frames: readonly Frame[]) => void,
): Promise<WebSocket> {
  const url = `${base.replace(/^http/, 'ws')}/api/ws?token=${token}${parameters}`
  const socket = new WebSocket(url, { perMessageDeflate: false, skipUTF8Validation: true })
  socket.on('message', (data) => {
    const frames: Frame | Frame[] = JSON.parse(String(data))
    onPost(Array.isArray(frames) ? frames : [frames])
  })
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket))
    // One that breaks later is missed by what it does not bring.
    socket.on('error', reject)
  })
}

/** `work` on all items, a few at a time. */
export async function inParallel<T, R>(
  items: Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const queue = [...items].entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}
