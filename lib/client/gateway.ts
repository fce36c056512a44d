/** The WebSocket API's management endpoint: posts to connections, signed, over kept-alive sockets. */
import http from 'node:http'
import https from 'node:https'
import { config } from '../core/config.ts'
import { createSigner } from './signature.ts'

/** What became of a post. `gone`: there is no such connection (any more). `failed`: it may succeed later. */
export type Posted = 'sent' | 'gone' | 'failed'

export interface Gateway {
  /** Posts one text message of at most 128 KB. Never throws: a gone connection is a value. */
  post(connectionId: string, text: string, timeoutMs: number): Promise<Posted>
  /** Closes a connection. Never throws: one that is gone already is `gone`. */
  close(connectionId: string, timeoutMs: number): Promise<Posted>
}

const agentOptions = { keepAlive: true, maxSockets: 64, scheduling: 'lifo' as const }

/**
 * The management endpoint at `endpoint`.
 *
 * The SDK's client costs several times the CPU of the request itself; the test of this compares the request with the SDK's.
 */
export function openGateway(endpoint: string): Gateway {
  const url = new URL(endpoint)
  const isTls = url.protocol === 'https:'
  const request = isTls ? https.request : http.request
  const agent = isTls ? new https.Agent(agentOptions) : new http.Agent(agentOptions)
  const prefix = url.pathname.replace(/\/$/, '')
  const sign = createSigner(config.region, config.credentials)

  function call(method: 'POST' | 'DELETE', connectionId: string, body: Buffer, timeoutMs: number) {
    const path = `${prefix}/@connections/${encodeURIComponent(connectionId)}`
    const headers = sign({ method, host: url.host, path, body }, new Date())
    return new Promise<Posted>((resolve) => {
      const outgoing = request({ agent, method, hostname: url.hostname, port: url.port, path, headers }, (response) => {
        response.resume()
        response.on('end', () => resolve(outcome(response.statusCode ?? 0)))
        response.on('error', () => resolve('failed'))
      })
      const deadline = setTimeout(() => outgoing.destroy(), timeoutMs)
      outgoing.on('error', () => resolve('failed'))
      outgoing.on('close', () => {
        clearTimeout(deadline)
        resolve('failed')
      })
      outgoing.end(body)
    })
  }

  return {
    post: (connectionId, text, timeoutMs) => call('POST', connectionId, Buffer.from(text), timeoutMs),
    close: (connectionId, timeoutMs) => call('DELETE', connectionId, Buffer.alloc(0), timeoutMs),
  }
}

// A connection id that the gateway has never issued answers 400; it will not come to life either.
function outcome(status: number): Posted {
  if (status >= 200 && status < 300) return 'sent'
  return status === 410 || status === 400 || status === 404 ? 'gone' : 'failed'
}

export const gateway: Gateway = openGateway(config.gatewayEndpoint)
