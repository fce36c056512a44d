/** Tiny stand-ins for the two APIs behind the edge, and an edge before them. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { type Edge, type EdgeSettings, startEdge } from '../../infra/local/edge/server.ts'
import { gatewayLimits } from '../../infra/local/edge/settings.ts'

/** An address at which nobody listens. */
export const nowhere = new URL('http://127.0.0.1:9')

export async function edge(settings: Partial<EdgeSettings>): Promise<Edge> {
  const started = await startEdge({
    host: '127.0.0.1',
    port: 0,
    httpApi: nowhere,
    webSocketApi: nowhere,
    webSocketPath: '/api/ws',
    originSecret: undefined,
    staticFolders: [],
    limits: gatewayLimits,
    ...settings,
  })
  onTestFinished(started.stop)
  return started
}

export async function httpOrigin(listener: RequestListener): Promise<{ url: URL; server: Server }> {
  const server = createServer(listener)
  return { url: await listen(server), server }
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
export async function bareOrigin(): Promise<{ url: URL; accepted: Promise<Bytes> }> {
  const { promise, resolve } = Promise.withResolvers<Bytes>()
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
      resolve(collect(socket))
    })
  })
  const url = await listen(server)
  return { url, accepted: promise }
}

/** A connection whose bytes are kept. */
export type Bytes = {
  socket: Socket
  /** What has come so far, without the reply's head. */
  sofar(): Buffer
  /** Resolves when the other side has ended. */
  ended: Promise<void>
}

/** A viewer that has been let in and speaks in bytes from there on. */
export async function bareViewer(port: number): Promise<Bytes> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => {
    socket.destroy()
  })
  const head =
    'GET /api/ws HTTP/1.1\r\nHost: edge\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  socket.write(head)
  await new Promise<void>((resolve, reject) => {
    let seen = Buffer.alloc(0)
    socket.once('error', reject)
    socket.on('data', function skipHead(chunk: Buffer) {
      seen = Buffer.concat([seen, chunk])
      const end = seen.indexOf('\r\n\r\n')
      if (end === -1) return
      socket.off('data', skipHead)
      socket.pause()
      if (seen.length > end + 4) socket.unshift(seen.subarray(end + 4))
      resolve()
    })
  })
  return collect(socket)
}

function collect(socket: Socket): Bytes {
  const chunks: Buffer[] = []
  socket.setNoDelay(true)
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => {})
  socket.resume()
  return {
    socket,
    sofar: () => Buffer.concat(chunks),
    ended: new Promise((resolve) => socket.once('end', resolve).once('close', () => resolve())),
  }
}

/** A WebSocket as a browser opens it. */
export async function viewer(port: number, target = '/api/ws'): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${target}`)
  onTestFinished(() => socket.terminate())
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return socket
}

/** How an upgrade is refused. */
export async function refusal(port: number, target = '/api/ws'): Promise<{ status: number | undefined; body: string }> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${target}`)
  return new Promise((resolve, reject) => {
    socket.once('open', () => reject(new Error('The upgrade was accepted.')))
    socket.once('error', reject)
    socket.once('unexpected-response', (_request, response) => {
      response.setEncoding('utf8')
      response.toArray().then((parts) => resolve({ status: response.statusCode, body: parts.join('') }), reject)
    })
  })
}

export function closed(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once('close', (code) => resolve(code)))
}

export async function say(socket: WebSocket, text: string): Promise<string> {
  const answer = new Promise<string>((resolve) => socket.once('message', (message) => resolve(String(message))))
  socket.send(text)
  return answer
}

/** A frame as one side sends it, by default a client's whole text message. */
export function frame(payload: Buffer | string, { opcode = 1, isFinal = true, isMasked = true } = {}): Buffer {
  const body = Buffer.from(payload)
  const first = (isFinal ? 0x80 : 0) | opcode
  const mask = isMasked ? 0x80 : 0
  const head =
    body.length < 126
      ? Buffer.from([first, mask | body.length])
      : body.length < 65536
        ? Buffer.from([first, mask | 126, body.length >> 8, body.length & 0xff])
        : Buffer.concat([Buffer.from([first, mask | 127, 0, 0, 0, 0]), uint32(body.length)])
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, Buffer.alloc(isMasked ? 4 : 0), body])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

type Listening = Server | ReturnType<typeof createTcpServer>

async function listen(server: Listening): Promise<URL> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('The origin has no port.')
  return new URL(`http://127.0.0.1:${address.port}`)
}
