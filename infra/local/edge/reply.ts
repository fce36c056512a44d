/** The small JSON replies that the gateways make themselves. */
import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { apiHeaders } from './security-headers.ts'

/** The gateway's messages that differ from the status's phrase. */
const messages: Readonly<Record<number, string>> = {
  413: 'Request Entity Too Large',
  502: 'Internal server error',
  504: 'Endpoint request timed out',
}

/** Answers `{"message": …}`. If a response has begun already, it closes the connection instead. */
export function reply(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const body = bodyOf(status)
  response.writeHead(status, { ...headers, 'content-type': 'application/json', 'content-length': body.length })
  response.end(body)
}

/** The methods that the edge lets through to the API at all. */
const methods = 'GET, HEAD, OPTIONS, PUT, PATCH, POST, DELETE'

/** How long a refused viewer may take to close the connection. */
const graceMs = 500

/** Writes a complete response to the bare connection, and closes it. */
export function refuse(viewer: Duplex, status: number): void {
  if (viewer.writableEnded || viewer.destroyed) return
  const body = bodyOf(status)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: close',
    ...Object.entries(apiHeaders).map(([name, value]) => `${name}: ${value}`),
    // RFC 9110, section 15.5.6 demands it.
    ...(status === 405 ? [`Allow: ${methods}`] : []),
  ]
  viewer.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]))
  // Unread data would turn the close into a reset, which can discard the response before the viewer has read it.
  viewer.resume()
  const timer = setTimeout(() => viewer.destroy(), graceMs)
  viewer.once('close', () => clearTimeout(timer))
}

function bodyOf(status: number): Buffer {
  return Buffer.from(JSON.stringify({ message: messages[status] ?? STATUS_CODES[status] ?? null }))
}
