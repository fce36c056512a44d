/** HTTP for viewers: requests are handed to the HTTP API's own server, which answers the viewer itself. */
import { IncomingMessage, ServerResponse } from 'node:http'
import type { Servers } from './origin.ts'
import { reply } from './reply.ts'
import { rewriteHeaders } from './viewer.ts'

export type HttpOrigin = {
  url: URL
  servers: Servers
  maxBodyBytes: number
  /** For the answer to begin, and between two parts of it. */
  timeoutMs: number
  originSecret: string | undefined
}

/** An answer to a viewer, whose connection is the edge's: what was said of it first stands, and the API changes nothing. */
export class ViewerResponse extends ServerResponse {
  override setHeader(name: string, value: number | string | readonly string[]): this {
    const isSettled = /^(connection|keep-alive)$/i.test(name) && this.hasHeader('connection')
    return isSettled ? this : super.setHeader(name, value)
  }
}

/**
 * Forwards path and query unchanged. An API that is down or too slow is answered for with 503, a body above the limit
 * with 413; the API hears of a viewer that goes away, since it holds the viewer's own request.
 */
export function httpForwarder(origin: HttpOrigin): (request: IncomingMessage, response: ServerResponse) => void {
  const { url, servers, maxBodyBytes, timeoutMs, originSecret } = origin

  function pass(request: IncomingMessage, response: ServerResponse): void {
    const server = servers.at(url)
    if (server === undefined) {
      reply(response, 503)
      return
    }
    rewriteHeaders(request, url.host, originSecret)
    response.setHeader('connection', response.shouldKeepAlive ? 'keep-alive' : 'close')
    server.emit('request', request, response)
  }

  return (request, response) => {
    if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) {
      reply(response, 413)
      return
    }
    response.setTimeout(timeoutMs, () => {
      // The API lets go of the request: an answer that still came would find the response ended, which throws.
      request.emit('aborted')
      reply(response, 503)
    })
    if (request.headers['transfer-encoding'] === undefined) pass(request, response)
    else readWhole(request, response, maxBodyBytes, pass)
  }
}

/** Reads a body whose length is not announced, as the gateway does before any function runs, and passes it with its length. */
function readWhole(
  request: IncomingMessage,
  response: ServerResponse,
  maxBodyBytes: number,
  pass: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  const chunks: Buffer[] = []
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= maxBodyBytes) chunks.push(chunk)
    else if (!response.headersSent) reply(response, 413)
  })
  request.on('end', () => {
    if (!response.headersSent) pass(withBody(request, Buffer.concat(chunks, bytes)), response)
  })
}

/** The request once more, with a body that has been read from it. */
function withBody(request: IncomingMessage, body: Buffer): IncomingMessage {
  const { 'transfer-encoding': _chunked, ...headers } = request.headers
  const { method, url, httpVersion, httpVersionMajor, httpVersionMinor } = request
  const copy = Object.assign(new IncomingMessage(request.socket), {
    ...{ method, url, httpVersion, httpVersionMajor, httpVersionMinor },
    headers: { ...headers, 'content-length': String(body.length) },
    complete: true,
  })
  request.once('aborted', () => copy.emit('aborted'))
  copy.push(body)
  copy.push(null)
  return copy
}
