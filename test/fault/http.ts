/** Requests of the workload's clients: an answer, or why there was none; a fault is no exception here. */
import { Agent, request } from 'node:http'

export interface Reply {
  status: number
  code: number
  data: unknown
}

const agent = new Agent({ keepAlive: true, maxSockets: 32, timeout: 4_000 })

/** Asks once. Resolves with undefined when no whole answer came in time. */
export function ask(
  base: string,
  method: 'GET' | 'POST',
  path: string,
  token: string | undefined,
  body?: unknown,
  timeoutMs = 12_000,
): Promise<Reply | undefined> {
  const payload = body === undefined ? undefined : JSON.stringify(body)
  return new Promise((resolve) => {
    const outgoing = request(
      base + path,
      {
        agent,
        method,
        headers: {
          ...(token && { authorization: `Bearer ${token}` }),
          ...(payload && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
        },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', () => resolve(undefined))
        response.on('end', () => resolve(parsed(response.statusCode ?? 0, Buffer.concat(chunks).toString())))
      },
    )
    const deadline = setTimeout(() => outgoing.destroy(), timeoutMs)
    outgoing.on('error', () => resolve(undefined))
    outgoing.on('close', () => {
      clearTimeout(deadline)
      resolve(undefined)
    })
    outgoing.end(payload)
  })
}

/** Asks until it is answered with success, for as long as `isWanted`. */
export async function askUntilAnswered(
  isWanted: () => boolean,
  onReply: (reply: Reply | undefined) => void,
  ...request: Parameters<typeof ask>
): Promise<unknown> {
  for (let pauseMs = 100; isWanted(); pauseMs = Math.min(pauseMs * 2, 1_000)) {
    const reply = await ask(...request)
    onReply(reply)
    if (reply?.code === 0) return reply.data
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
  return undefined
}

function parsed(status: number, text: string): Reply | undefined {
  try {
    const { code, data } = JSON.parse(text) as { code?: number; data?: unknown }
    return { status, code: code ?? status, data }
  } catch {
    return { status, code: status, data: undefined }
  }
}
