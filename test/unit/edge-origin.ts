/** Tiny stand-ins for the two APIs behind the edge, and an edge before them. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { networkInterfaces } from 'node:os'
import type { Duplex } from 'node:stream'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { onTestFinished } from 'vitest'
import { WebSocketServer } from 'ws'
import type { Cors } from '../../infra/local/edge/cors.ts'
import { watchServers } from '../../infra/local/edge/origin.ts'
import { type Edge, type EdgeSettings, startEdge } from '../../infra/local/edge/server.ts'
import { gatewayLimits } from '../../infra/local/edge/settings.ts'
import { type Bytes, collect } from './edge-viewer.ts'

/** The stand-ins are found as serverless-offline's servers are: by listening in this process. */
const servers = watchServers()

/** Whether this machine has the loopback of IPv6. */
export const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))

/** An address at which nobody listens. */
export const nowhere = new URL('http://127.0.0.1:9')

type Settings = Partial<Omit<EdgeSettings, 'httpApi'>> & {
  httpApi?: URL
  /** Of the HTTP API; by default all goes to its catch-all. */
  routes?: readonly string[]
  cors?: Cors
}

/** An edge before the given APIs, on 127.0.0.1 alone. */
export async function edge({ httpApi = nowhere, routes = ['$default'], cors, ...settings }: Settings): Promise<Edge> {
  const defaults: EdgeSettings = {
    hosts: ['127.0.0.1'],
    port: 0,
    httpApi: { url: httpApi, routes: new Set(routes), cors },
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

/** Remembers the events for which it was asked, and the requests that carried them. */
export async function witness() {
  const seen: APIGatewayProxyEventV2[] = []
  const carriers: IncomingMessage[] = []
  const origin = await httpOrigin((incoming, response) => {
    carriers.push(incoming)
    seen.push(JSON.parse(String(incoming.headers['x-gateway-event'])))
    response.end('seen')
  })
  return { ...origin, seen, carriers }
}

/** The bytes of an event's body. */
export function bodyOf({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): Buffer {
  return Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
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
