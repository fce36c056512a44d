/** HTTP requests of a chat client: JSON over kept-alive connections. */
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

export interface Reply {
  status: number
  body: Buffer
}

// Servers close an idle connection after 5 s at the earliest: the client closes it before that.
const kept = { keepAlive: true, maxSockets: 32, timeout: 4_000 }
const http = { send: overHttp, agent: new HttpAgent(kept) }
const https = { send: overHttps, agent: new HttpsAgent(kept) }

/** Sends one request, without retries. @throws Error when the whole reply has not arrived in time. */
export function request(base: string, { method, path, token, payload, timeoutMs = 30_000 }: Request): Promise<Reply> {
  const { send, agent } = base.startsWith('https:') ? https : http
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
    const deadline = setTimeout(() => outgoing.destroy(new Error(`${method} ${path}: no reply`)), timeoutMs)
    outgoing.on('error', reject)
    outgoing.on('close', () => clearTimeout(deadline))
    outgoing.end(payload)
  })
}

/** The bytes of a successful reply. @throws Error when the request is refused or fails. */
export async function ask(base: string, method: string, path: string, token?: string, payload?: string) {
  const { status, body } = await request(base, { method, path, token, payload })
  // Refusals also have the status 200.
  if (status === 200 && body.includes('"code":0')) return body
  throw new Error(`${method} ${path}: ${status} ${body.toString().slice(0, 200)}`)
}

/** The envelope's `data` of a successful reply. @throws Error as `ask` does. */
export async function call<T>(base: string, method: string, path: string, token?: string, body?: unknown): Promise<T> {
  const reply = await ask(base, method, path, token, body === undefined ? undefined : JSON.stringify(body))
  return (JSON.parse(reply.toString()) as { data: T }).data
}
