/** Requests that `fetch` would tidy up or refuse to send, and their replies. */
import { type IncomingMessage, request as overHttp, type RequestOptions } from 'node:http'
import { request as overHttps } from 'node:https'
import { connect } from 'node:net'
import { connect as connectSafely } from 'node:tls'
import { baseUrl } from './address.ts'
import type { Reply } from './http.ts'

const { hostname, port, protocol } = new URL(baseUrl)
const isSafe = protocol === 'https:'
const host = hostname.replace(/^\[|\]$/g, '')
const timeoutMs = 10_000

/** Posts text to an address of this machine with these headers, among them those that `fetch` sets itself. */
export async function send(address: string, headers: Record<string, string>, body: string): Promise<number> {
  const { hostname: to, port: at, pathname } = new URL(address)
  const target = { hostname: to, port: at, path: pathname, method: 'POST', headers }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    overHttp({ ...target, signal: AbortSignal.timeout(timeoutMs) }, resolve)
      .on('error', reject)
      .end(body)
  })
  await response.toArray()
  return response.statusCode ?? 0
}

type Options = Pick<RequestOptions, 'headers' | 'agent'> & { body?: string | Buffer }

/** Sends method, path and headers as they are written. */
export async function ask(method: string, path: string, { body, ...options }: Options = {}): Promise<Reply> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const send = isSafe ? overHttps : overHttp
    const signal = AbortSignal.timeout(timeoutMs)
    send({ hostname: host, port, method, path, signal, ...options }, resolve)
      .on('error', reject)
      .end(body)
  })
  const parts: Buffer[] = await response.toArray()
  const headers = new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)]))
  return replyOf(response.statusCode ?? 0, headers, Buffer.concat(parts).toString())
}

/**
 * Sends these very bytes and reads until the other side hangs up, as it does after a request that says
 * `Connection: close`; `isAll` says that nothing else will come.
 */
export async function exchange(bytes: string | Buffer, { isAll = false } = {}): Promise<Reply> {
  const socket = isSafe
    ? connectSafely({ host, port: Number(port || 443) })
    : connect({ host, port: Number(port || 80) })
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error('no answer')))
  socket.write(bytes, 'latin1')
  if (isAll) socket.end()
  const parts: Buffer[] = await socket.toArray()
  const [, status, lines = '', text = ''] =
    /^HTTP\/1\.1 (\d{3}) [^\r]*\r\n(.*?)\r\n\r\n(.*)$/s.exec(Buffer.concat(parts).toString()) ?? []
  const headers = lines.split('\r\n').map((line): [string, string] => {
    const at = line.indexOf(':')
    return [line.slice(0, at), line.slice(at + 1).trim()]
  })
  return replyOf(Number(status), new Headers(headers), text)
}

function replyOf(status: number, headers: Headers, text: string): Reply {
  try {
    return { status, headers, text, body: JSON.parse(text) }
  } catch {
    return { status, headers, text, body: undefined }
  }
}
