/** The small JSON replies that the gateways make themselves. */
import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

/** What a gateway says where it is not the status's own phrase. */
const messages: Readonly<Record<number, string>> = {
  413: 'Request Entity Too Large',
  502: 'Internal server error',
  504: 'Endpoint request timed out',
}

/** Answers `{"message": …}`, unless an answer is under way already: then the viewer's connection is cut. */
export function reply(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const body = bodyOf(status)
  response.writeHead(status, { ...headers, 'content-type': 'application/json', 'content-length': body.length })
  response.end(body)
}

/** How long a viewer that has been refused may take to hang up. */
const graceMs = 500

/** Answers on the bare connection with a refusal, whole and well formed, and closes it. */
export function refuse(viewer: Duplex, status: number): void {
  if (viewer.writableEnded || viewer.destroyed) return
  const body = bodyOf(status)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ]
  viewer.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]))
  // What still comes is read: left unread it would turn the end into a reset, which can overtake the last words.
  viewer.resume()
  const timer = setTimeout(() => viewer.destroy(), graceMs)
  viewer.once('close', () => clearTimeout(timer))
}

function bodyOf(status: number): Buffer {
  return Buffer.from(JSON.stringify({ message: messages[status] ?? STATUS_CODES[status] ?? null }))
}
