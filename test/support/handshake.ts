/** The opening handshake of a socket, header by header. */
import { type ClientRequest, type IncomingMessage, request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import { wsUrl } from './address.ts'

/** What an honest client sends beside its credentials. */
export const proper = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

export interface Opening {
  status: number | undefined
  headers: IncomingMessage['headers']
  /** What came with a refusal. */
  text: string
}

/** Asks for a socket with these very headers, and closes it if it opens. */
export async function open(token: string, headers: Record<string, string | string[]>): Promise<Opening> {
  const url = new URL(wsUrl)
  url.searchParams.set('token', token)
  url.protocol = url.protocol.replace('ws', 'http')
  const send = url.protocol === 'https:' ? overHttps : overHttp
  const request = send(url, { headers, signal: AbortSignal.timeout(10_000) }).end()
  const response = await withTimeout(request)
  const parts: string[] = response.statusCode === 101 ? [] : await response.setEncoding('utf8').toArray()
  request.destroy()
  return { status: response.statusCode, headers: response.headers, text: parts.join('') }
}

function withTimeout(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('error', reject).once('response', resolve)
    request.once('upgrade', (response, socket) => {
      socket.destroy()
      resolve(response)
    })
  })
}
