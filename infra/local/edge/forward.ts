/** HTTP for viewers: requests become events, and the functions' answers become responses. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerOf } from './answer.ts'
import type { Call } from './call.ts'
import { type Cors, corsHeaders, isPreflight } from './cors.ts'
import { eventOf } from './event.ts'
import { reply } from './reply.ts'
import { defaultRoute } from './route.ts'
import { targetOf } from './target.ts'

export type HttpApi = {
  /** From the keys of its routes, a method and a path or the catch-all, to the names of their functions. */
  routes: ReadonlyMap<string, string>
  cors: Cors | undefined
}

export type HttpOrigin = {
  api: HttpApi
  call: Call
  maxBodyBytes: number
  timeoutMs: number
}

/**
 * Answers preflights, and calls the function of the route for everything else, once the body is complete. The viewer gets
 * 503 when the function is too slow, 500 when it fails, 413 when the body is above the limit.
 */
export function httpForwarder(origin: HttpOrigin): (request: IncomingMessage, response: ServerResponse) => void {
  const { api, call, maxBodyBytes, timeoutMs } = origin

  async function answer(name: string, request: IncomingMessage, body: Buffer, routeKey: string, to: ServerResponse) {
    to.setTimeout(timeoutMs, () => reply(to, 503))
    try {
      const { status, headers, body: said } = answerOf(await call(name, eventOf(request, body, routeKey)))
      if (to.headersSent) return
      to.statusCode = status
      to.setHeaders(headers)
      // A response to HEAD has the length, but no body.
      if (said.length > 0 && status !== 204) to.setHeader('content-length', said.length)
      to.end(said)
    } catch (error) {
      console.error(error)
      if (!to.headersSent) reply(to, 500)
    }
  }

  return (request, response) => {
    const { path } = targetOf(request)
    const routeKey = [`${request.method} ${path}`, defaultRoute].find((key) => api.routes.has(key)) ?? ''
    const name = api.routes.get(routeKey)
    response.setHeaders(new Map(Object.entries(corsHeaders(api.cors ?? {}, request))))
    if (api.cors && isPreflight(request)) response.writeHead(204).end()
    else if (name === undefined) reply(response, 404)
    else
      readWhole(request, maxBodyBytes, (body) => {
        if (body === undefined) reply(response, 413)
        else void answer(name, request, body, routeKey, response)
      })
  }
}

/**
 * Reads the body and calls `take` with it; with undefined as soon as it is too large, and then reads and drops the rest.
 */
export function readWhole(request: IncomingMessage, maxBytes: number, take: (body: Buffer | undefined) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  const add = (more: number) => {
    if (bytes <= maxBytes && bytes + more > maxBytes) take(undefined)
    bytes += more
  }
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > maxBytes) add(announced)
  request.on('data', (chunk: Buffer) => {
    add(chunk.length)
    if (bytes <= maxBytes) chunks.push(chunk)
  })
  request.on('end', () => {
    if (bytes <= maxBytes) take(Buffer.concat(chunks))
  })
}
