/** Requests of a chat client: JSON, over connections that are kept. */
import { Agent as HttpAgent, request as overHttp } from 'node:http'
import { Agent as HttpsAgent, request as overHttps } from 'node:https'

export interface Request {
  method: string
  path: string
  token?: string | undefined
  /** JSON. */
  payload?: string | undefined
  timeoutMs?: number
}

export interface Answer {
  status: number
  body: Buffer
}

// A server closes a connection that nobody uses, after 5 s at the earliest: ours goes before that.
const kept = { keepAlive: true, maxSockets: 32, timeout: 4_000 }
const plain = { send: overHttp, agent: new HttpAgent(kept) }
const safe = { send: overHttps, agent: new HttpsAgent(kept) }

/** Asks once. @throws Error when the whole answer is not there in time. */
export function request(base: string, { method, path, token, payload, timeoutMs = 30_000 }: Request): Promise<Answer> {
  const { send, agent } = base.startsWith('https:') ? safe : plain
  return new Promise((resolve, reject) => {
    const headers = {
      'accept-language': 'en',
      ...(token && { authorization: `Bearer ${token}` }),
      ...(payload && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
    }
    const outgoing = send(base + path, { agent, method, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }))
    })
    const deadline = setTimeout(() => outgoing.destroy(new Error(`${method} ${path}: no answer`)), timeoutMs)
    outgoing.on('error', reject)
    outgoing.on('close', () => clearTimeout(deadline))
    outgoing.end(payload)
  })
}

/** The bytes of an answer that must be a success. @throws Error when it is none. */
export async function ask(base: string, method: string, path: string, token?: string, payload?: string) {
  const { status, body } = await request(base, { method, path, token, payload })
  // Any 200 is an answer, but a refusal comes with one, too.
  if (status === 200 && body.includes('"code":0')) return body
  throw new Error(`${method} ${path}: ${status} ${body.toString().slice(0, 200)}`)
}

/** A call that must succeed; returns the envelope's `data`. */
export async function call<T>(base: string, method: string, path: string, token?: string, body?: unknown): Promise<T> {
  const reply = await ask(base, method, path, token, body === undefined ? undefined : JSON.stringify(body))
  return (JSON.parse(reply.toString()) as { data: T }).data
}
