/** The small JSON replies that the gateways make themselves. */
import { type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { hangUp } from './hang-up.ts'

/** What a gateway says where it is not the status's own phrase. A fault in an authorizer has no message at all. */
const messages: Readonly<Record<number, string | null>> = {
  413: 'Request Entity Too Large',
  500: null,
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

/** Answers on the bare connection with a refusal, whole and well formed, and closes it. */
export function refuse(viewer: Duplex, status: number): void {
  const body = bodyOf(status)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Connection: close',
  ]
  hangUp(viewer, Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]))
}

function bodyOf(status: number): Buffer {
  const message = status in messages ? messages[status] : (STATUS_CODES[status] ?? null)
  return Buffer.from(JSON.stringify({ message }))
}
