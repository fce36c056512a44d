/** The WebSocket API's management endpoint: signed posts to connections, over kept-alive sockets. */
import http from 'node:http'
import https from 'node:https'
import { config } from '../core/config.ts'
import * as log from '../core/log.ts'
import { createSigner } from './signature.ts'

/**
 * The outcome of a post. `gone`: there is no such connection. `refused`: the function's role may not post. `failed`: a later
 * attempt may succeed.
 */
export type Posted = 'sent' | 'gone' | 'refused' | 'failed'

export interface Gateway {
  /** Posts one text message of at most 128 KB. Never throws: a gone connection is a value. */
  post(connectionId: string, text: string, timeoutMs: number): Promise<Posted>
  /** Closes a connection. Never throws: a gone connection is a value. */
  close(connectionId: string, timeoutMs: number): Promise<Posted>
}

const agentOptions = { keepAlive: true, maxSockets: 64, scheduling: 'lifo' as const }
// Networks forget connections without a word, and a frozen function does not see its own timers pass.
const idleMs = 30_000

/**
 * Opens the management endpoint at `endpoint`.
 *
 * The SDK's client takes several times the CPU of the request itself. A test compares our requests with the SDK's.
 */
export function openGateway(endpoint: string): Gateway {
  const url = new URL(endpoint)
  const isTls = url.protocol === 'https:'
  const request = isTls ? https.request : http.request
  const agent = isTls ? new https.Agent(agentOptions) : new http.Agent(agentOptions)
  const prefix = url.pathname.replace(/\/$/, '')
  const sign = createSigner(config.region, config.awsCredentials)
  let usedAt = 0

  function closeIdle(): void {
    for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy()
  }

  async function call(method: 'POST' | 'DELETE', connectionId: string, body: Buffer, timeoutMs: number) {
    // No id that the gateway issues looks so, and no path can carry it.
    if (connectionId === '' || !connectionId.isWellFormed()) return 'gone'
    try {
      return await send(method, connectionId, body, timeoutMs)
    } catch (error) {
      log.error('request not made', error, { connection_id: connectionId })
      return 'failed'
    }
  }

  function send(method: 'POST' | 'DELETE', connectionId: string, body: Buffer, timeoutMs: number) {
    const now = Date.now()
    if (now - usedAt > idleMs) closeIdle()
    usedAt = now
    const path = `${prefix}/@connections/${encodeURIComponent(connectionId)}`
    const headers = sign({ method, host: url.host, path, body }, new Date(now))
    return new Promise<Posted>((resolve) => {
      const outgoing = request({ agent, method, hostname: url.hostname, port: url.port, path, headers }, (response) => {
        response.resume()
        response.on('end', () => resolve(outcome(response.statusCode ?? 0)))
        response.on('error', () => resolve('failed'))
      })
      const deadline = setTimeout(() => {
        outgoing.destroy()
        // The others may lead nowhere, too.
        closeIdle()
      }, timeoutMs)
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

// 400: the gateway never issued this connection id, so no later attempt can succeed.
function outcome(status: number): Posted {
  if (status >= 200 && status < 300) return 'sent'
  if (status === 401 || status === 403) return 'refused'
  return status === 410 || status === 400 || status === 404 ? 'gone' : 'failed'
}

export const gateway: Gateway = openGateway(config.gatewayEndpoint)
