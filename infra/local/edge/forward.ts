/** HTTP for viewers: requests go to the HTTP API and its answers come back, both as streams. */
import { Agent, type IncomingMessage, ServerResponse } from 'node:http'
import { Transform } from 'node:stream'
import { createProxyServer } from 'httpxy'
import { reply } from './reply.ts'
import { rewriteHeaders } from './viewer.ts'

export type HttpOrigin = {
  url: URL
  maxBodyBytes: number
  /** For the answer to begin, and between two parts of it. */
  timeoutMs: number
  originSecret: string | undefined
}

export type Forwarder = {
  forward(request: IncomingMessage, response: ServerResponse): void
  /** Ends the connections to the HTTP API. */
  destroy(): void
}

/**
 * Forwards over kept-alive connections, path and query unchanged. An origin that is down, breaks off or is too slow is
 * answered for with 503, a body above the limit with 413; a viewer that goes away ends the request to the origin.
 */
export function httpForwarder({ url, maxBodyBytes, timeoutMs, originSecret }: HttpOrigin): Forwarder {
  const agent = new Agent({ keepAlive: true })
  const proxy = createProxyServer({ target: url, agent, changeOrigin: true, proxyTimeout: timeoutMs })
  const meters = new WeakMap<IncomingMessage, Transform>()

  proxy.on('proxyReq', (outgoing, request) => {
    meters.get(request)?.once('error', () => outgoing.destroy())
  })
  proxy.on('proxyRes', (answer) => {
    delete answer.headers.connection
    delete answer.headers['keep-alive']
  })
  proxy.on('error', (_error, _request, response) => {
    if (response instanceof ServerResponse && !response.writableEnded) reply(response, 503)
  })

  function pass(request: IncomingMessage, response: ServerResponse, body?: Transform): void {
    const passed = proxy.web(request, response, body === undefined ? {} : { buffer: body })
    // Rejects when the answer cannot be written; unheard, that would end the process.
    passed.catch(() => response.destroy())
  }

  function forward(request: IncomingMessage, response: ServerResponse): void {
    if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) {
      reply(response, 413)
      return
    }
    rewriteHeaders(request, originSecret)
    if (request.headers['transfer-encoding'] === undefined) {
      pass(request, response)
      return
    }

    const meter = bodyMeter(maxBodyBytes)
    meters.set(request, meter)
    meter.once('error', () => {
      reply(response, 413)
      request.resume()
    })
    pass(request, response, request.pipe(meter))
  }

  return { forward, destroy: () => agent.destroy() }
}

/** Passes a body of unknown length and fails at the first byte above the limit. */
function bodyMeter(maxBodyBytes: number): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > maxBodyBytes) done(new Error('The body is too large.'))
      else done(null, chunk)
    },
  })
}
