/** Tiny stand-ins for the two APIs behind the edge, and an edge before them. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'
import { watchServers } from '../../infra/local/edge/origin.ts'
import { type Edge, type EdgeSettings, startEdge } from '../../infra/local/edge/server.ts'
import { gatewayLimits } from '../../infra/local/edge/settings.ts'
import { type Bytes, collect } from './edge-viewer.ts'

/** The stand-ins are found as serverless-offline's servers are: by listening in this process. */
const servers = watchServers()

/** An address at which nobody listens. */
export const nowhere = new URL('http://127.0.0.1:9')

export async function edge(settings: Partial<EdgeSettings>): Promise<Edge> {
  const defaults: EdgeSettings = {
    host: '127.0.0.1',
    port: 0,
    httpApi: nowhere,
    webSocketApi: nowhere,
    webSocketPath: '/api/ws',
    originSecret: undefined,
    staticFolders: [],
    limits: gatewayLimits,
  }
  const started = await startEdge({ ...defaults, ...settings }, servers)
  onTestFinished(started.stop)
  return started
}

export async function httpOrigin(listener: RequestListener): Promise<{ url: URL; server: Server }> {
  const server = createServer(listener)
  return { url: await listen(server), server }
}

/** Remembers what it was asked. */
export async function witness() {
  const seen: IncomingMessage[] = []
  const origin = await httpOrigin((incoming, response) => {
    seen.push(incoming)
    response.end('seen')
  })
  return { ...origin, seen }
}

export type SocketOrigin = {
  url: URL
  server: Server
  received: string[]
  requests: IncomingMessage[]
  closes: number[]
}

/** Echoes texts and remembers them, closes at `close <code>`; `verdict` is the status with which an upgrade is refused. */
export async function socketOrigin(verdict?: (request: IncomingMessage) => number | undefined): Promise<SocketOrigin> {
  const server = createServer()
  const received: string[] = []
  const requests: IncomingMessage[] = []
  const closes: number[] = []
  const sockets = new WebSocketServer({
    server,
    verifyClient: ({ req }, answer) => {
      requests.push(req)
      const status = verdict?.(req)
      if (status === undefined) answer(true)
      else answer(false, status)
    },
  })
  sockets.on('connection', (socket) => {
    socket.on('message', (message) => {
      const text = String(message)
      received.push(text)
      if (text.startsWith('close ')) socket.close(Number(text.slice(6)))
      else socket.send(text)
    })
    socket.on('close', (code) => closes.push(code))
  })
  return { url: await listen(server), server, received, requests, closes }
}

/** Accepts one upgrade and hands over the bare connection, for what no WebSocket library would do. */
export async function bareOrigin(
  firstBytes: Buffer = Buffer.alloc(0),
): Promise<{ url: URL; accepted: Promise<Bytes<Duplex>> }> {
  const { promise, resolve } = Promise.withResolvers<Bytes<Duplex>>()
  const server = createServer().on('upgrade', (_request, socket) => {
    const head = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'
    socket.write(Buffer.concat([Buffer.from(head), firstBytes]))
    resolve(collect(socket))
  })
  return { url: await listen(server), accepted: promise }
}

async function listen(server: Server): Promise<URL> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The origin has no port.')
  return new URL(`http://127.0.0.1:${address.port}`)
}
