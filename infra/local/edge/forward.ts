/** HTTP for viewers: requests become events, and the HTTP API's own server has their functions called and answers. */
import { type IncomingMessage, ServerResponse } from 'node:http'
import { carrierOf } from './carrier.ts'
import { type Cors, corsHeaders, isPreflight } from './cors.ts'
import { eventOf } from './event.ts'
import type { Servers } from './origin.ts'
import { reply } from './reply.ts'
import { defaultRoute } from './route.ts'
import { targetOf } from './target.ts'

export type HttpApi = {
  /** Where serverless-offline serves it, in this process. */
  url: URL
  /** The keys of its routes: a method and a path, or the catch-all. */
  routes: ReadonlySet<string>
  cors: Cors | undefined
}

export type HttpOrigin = {
  api: HttpApi
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
 * Answers preflights, and hands everything else to the function of its route, whole as gateways do. An API that is down
 * or too slow is answered for with 503, a body above the limit with 413; the API hears of a viewer that goes away, since
 * it holds the viewer's own response.
 */
export function httpForwarder(origin: HttpOrigin): (request: IncomingMessage, response: ServerResponse) => void {
  const { api, servers, maxBodyBytes, timeoutMs, originSecret } = origin

  function call(request: IncomingMessage, body: Buffer, routeKey: string, response: ServerResponse): void {
    const server = servers.at(api.url)
    if (server === undefined) {
      reply(response, 503)
      return
    }
    const carrier = carrierOf(eventOf(request, body, { routeKey, host: api.url.host, originSecret }))
    response.setTimeout(timeoutMs, () => {
      // The API lets go of the request: an answer that still came would find the response ended, which throws.
      carrier.emit('aborted')
      reply(response, 503)
    })
    response.setHeader('connection', response.shouldKeepAlive ? 'keep-alive' : 'close')
    server.emit('request', carrier, response)
  }

  return (request, response) => {
    const { path } = targetOf(request)
    const routeKey = [`${request.method} ${path}`, defaultRoute].find((key) => api.routes.has(key))
    response.setHeaders(new Map(Object.entries(corsHeaders(api.cors ?? {}, request))))
    if (api.cors && isPreflight(request)) response.writeHead(204).end()
    else if (routeKey === undefined) reply(response, 404)
    else readWhole(request, response, maxBodyBytes, (body) => call(request, body, routeKey, response))
  }
}

/** Reads the body, unless its length alone refuses it. What is refused is read all the same, and dropped. */
function readWhole(
  request: IncomingMessage,
  response: ServerResponse,
  maxBodyBytes: number,
  pass: (body: Buffer) => void,
): void {
  const chunks: Buffer[] = []
  let bytes = Number(request.headers['content-length'] ?? 0) > maxBodyBytes ? Number.POSITIVE_INFINITY : 0
  if (bytes > maxBodyBytes) reply(response, 413)
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= maxBodyBytes) chunks.push(chunk)
    else if (!response.headersSent) reply(response, 413)
  })
  request.on('end', () => {
    if (!response.headersSent) pass(Buffer.concat(chunks))
  })
}
