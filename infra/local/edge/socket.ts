/** The viewers' WebSockets: the edge ends their protocol and has the functions of the WebSocket API called. */
import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { admit, isProper } from './admission.ts'
import { isObject } from './answer.ts'
import type { Call } from './call.ts'
import { messageSizes } from './message-size.ts'
import { refuse } from './reply.ts'
import type { SocketRoutes } from './route.ts'
import { type Connection, connectionOf, socketEvent } from './socket-event.ts'

export type SocketApi = {
  routes: SocketRoutes
  call: Call
  limits: SocketLimits
  /** Makes the text that every socket is sent before the edge stops; undefined for none. */
  farewell: (() => string) | undefined
}

export type SocketLimits = {
  maxFrameBytes: number
  maxMessageBytes: number
  /** For the whole of `$connect`, its authorizer included. */
  timeoutMs: number
  /** After which a connection without a message in either direction ends. */
  idleMs: number
  /** After which every connection ends. */
  lifetimeMs: number
}

/** What became of a post: `full` when its viewer does not read. */
export type Posted = 'sent' | 'gone' | 'full'

export type Sockets = {
  accept(request: IncomingMessage, viewer: Socket, head: Buffer): void
  /** Sends a text message, after all that were sent to the connection before. */
  post(connectionId: string, text: Buffer): Posted
  /** Ends a connection; false when there is none. */
  disconnect(connectionId: string): boolean
  describe(connectionId: string): object | undefined
  /**
   * Bids farewell, closes every connection with 1001, and refuses the upgrades under way: all are gone within a second.
   * Resolves when the functions know.
   */
  close(): Promise<void>
}

type Open = { connection: Connection; socket: WebSocket; lastActiveAt: number; idle: NodeJS.Timeout }

/** What may wait for a viewer that does not read. AWS names no number; it is a few messages of the largest size. */
const maxBufferedBytes = 1024 * 1024
/** How long a viewer may take to answer a close frame. */
const closeTimeout = 500

const goingAway = 1001
const messageTooBig = 1009

export function socketApi({ routes, call, limits, farewell }: SocketApi): Sockets {
  const opening = new Set<Socket>()
  const open = new Map<string, Open>()
  const leaving = new Set<Promise<unknown>>()
  const protocol = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.maxMessageBytes,
    // Its types do not know this one.
    ...{ closeTimeout },
  })

  async function accept(request: IncomingMessage, viewer: Socket, head: Buffer): Promise<void> {
    viewer.on('error', leaveToClose)
    if (!isProper(request)) return refuse(viewer, 400)
    const connection = connectionOf(request)
    const deadline = setTimeout(() => refuse(viewer, 504), limits.timeoutMs)
    opening.add(viewer)
    const status = await admit(connection, request, { call, routes })
    clearTimeout(deadline)
    opening.delete(viewer)
    if (status !== 101) return refuse(viewer, status)
    if (!viewer.writable || !viewer.readable) return left(connection, 1006, '')
    // The gateway agrees to none.
    delete request.headers['sec-websocket-protocol']
    protocol.handleUpgrade(request, viewer, head, (socket) => begin(connection, socket, viewer))
  }

  function begin(connection: Connection, socket: WebSocket, viewer: Socket): void {
    const { connectionId, connectedAt } = connection
    const goAway = () => socket.close(goingAway, 'Going away')
    const idle = setTimeout(goAway, limits.idleMs)
    const lifetime = setTimeout(goAway, limits.lifetimeMs)
    const one = { connection, socket, idle, lastActiveAt: connectedAt }
    open.set(connectionId, one)

    const sizes = messageSizes()
    viewer.prependListener('data', sizes.hear)
    socket.on('message', (data, isBinary) => {
      if (sizes.next() > limits.maxFrameBytes) socket.close(messageTooBig)
      else if (socket.readyState === socket.OPEN && Buffer.isBuffer(data)) void hear(one, data, isBinary)
    })
    // The protocol closes a socket that breaks it, with the code for it.
    socket.on('error', leaveToClose)
    socket.on('close', (code, reason) => {
      clearTimeout(idle)
      clearTimeout(lifetime)
      open.delete(connectionId)
      left(connection, code, reason.toString())
    })
  }

  async function hear(one: Open, data: Buffer, isBinary: boolean): Promise<void> {
    touch(one)
    if (routes.$default === undefined) return
    const body = data.toString(isBinary ? 'base64' : 'utf8')
    const event = socketEvent(one.connection, '$default', { body, isBase64Encoded: isBinary })
    try {
      const answer = await call(routes.$default, event)
      const said = isObject(answer) ? answer.body : undefined
      if (routes.isAnswering && typeof said === 'string' && said !== '') respond(one, said)
    } catch (error) {
      console.error(error)
      const { connectionId, requestId } = event.requestContext
      respond(one, JSON.stringify({ message: 'Internal server error', connectionId, requestId }))
    }
  }

  /** Answers a frame. A viewer that asks on and on and does not read is let go. */
  function respond(one: Open, text: string): void {
    if (send(one, Buffer.from(text)) === 'full') one.socket.terminate()
  }

  /** In frames of the size that the gateway sends. Text that is no UTF-8 would end the viewer's connection. */
  function send(one: Open, text: Buffer): Posted {
    const { socket } = one
    if (socket.readyState !== socket.OPEN) return 'gone'
    if (socket.bufferedAmount > maxBufferedBytes) return 'full'
    touch(one)
    const message = isUtf8(text) ? text : Buffer.from(text.toString())
    for (let at = 0; at === 0 || at < message.length; at += limits.maxFrameBytes) {
      const end = at + limits.maxFrameBytes
      socket.send(message.subarray(at, end), { binary: false, fin: end >= message.length })
    }
    return 'sent'
  }

  function touch(one: Open): void {
    one.lastActiveAt = Date.now()
    one.idle.refresh()
  }

  function left(connection: Connection, disconnectStatusCode: number, disconnectReason: string): void {
    if (routes.$disconnect === undefined) return
    const facts = { disconnectStatusCode, disconnectReason }
    const told = call(routes.$disconnect, socketEvent({ ...connection, ...facts }, '$disconnect'))
      .catch(console.error)
      .finally(() => leaving.delete(told))
    leaving.add(told)
  }

  return {
    accept: (request, viewer, head) => void accept(request, viewer, head),
    post(connectionId, text) {
      const one = open.get(connectionId)
      return one === undefined ? 'gone' : send(one, text)
    },
    disconnect(connectionId) {
      const one = open.get(connectionId)
      one?.socket.close()
      return one !== undefined
    },
    describe(connectionId) {
      const one = open.get(connectionId)
      if (one === undefined) return undefined
      const { connectedAt, identity } = one.connection
      return { connectedAt: new Date(connectedAt), identity, lastActiveAt: new Date(one.lastActiveAt) }
    },
    async close() {
      for (const viewer of opening) refuse(viewer, 503)
      const closing = [...open.values()].map(async (one) => {
        if (farewell) send(one, Buffer.from(farewell()))
        one.socket.close(goingAway, 'Going away')
        await new Promise((resolve) => one.socket.once('close', resolve))
      })
      await Promise.all(closing)
      await Promise.all(leaving)
    },
  }
}

/** A connection that breaks closes as well, and that is what is acted upon. */
function leaveToClose(): void {}
