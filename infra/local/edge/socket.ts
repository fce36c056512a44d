/** The viewers' WebSockets: the edge ends their protocol and calls the functions of the WebSocket API. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type WebSocket, WebSocketServer } from 'ws'
import { admit, isProper } from './admission.ts'
import { isObject } from './answer.ts'
import type { Call } from './call.ts'
import { refuse } from './reply.ts'
import type { SocketRoutes } from './route.ts'
import { type Connection, connectionOf, socketEvent } from './socket-event.ts'
import { turns } from './turns.ts'
import { goAway, type Posted, type SocketLimits, type ViewerSocket, viewerSocket } from './viewer-socket.ts'

export type SocketApi = {
  routes: SocketRoutes
  call: Call
  limits: SocketLimits
  /** Makes the text that every socket is sent before the edge stops; undefined for none. */
  farewell: (() => string) | undefined
}

type Open = {
  connection: Connection
  socket: WebSocket
  viewer: ViewerSocket
  /** Messages that have come and are not answered. */
  underWay: number
  inTurn: ReturnType<typeof turns>
}

/** How long a viewer may take to answer a close frame, in milliseconds. */
const closeTimeout = 500

/** Upgrades that are decided at once: a burst of them leaves room for the frames of others in this process. */
const upgradesAtOnce = 8

/**
 * Messages of one socket that functions are called with at once. Nothing more is read from it meanwhile. One that takes longer counts no
 * more: what it waits for is no work, and the next ones are to be refused as soon as it is.
 */
const messagesAtOnce = 4
const workingMs = 50

export class Sockets {
  readonly #api: SocketApi
  readonly #protocol: WebSocketServer
  readonly #opening = new Set<Socket>()
  readonly #open = new Map<string, Open>()
  readonly #leaving = new Set<Promise<unknown>>()
  readonly #inTurn = turns(upgradesAtOnce)

  constructor(api: SocketApi) {
    this.#api = api
    this.#protocol = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: api.limits.maxMessageBytes,
      // Its types do not know this one.
      ...{ closeTimeout },
    })
  }

  /** Answers an upgrade. Never rejects. */
  async accept(request: IncomingMessage, viewer: Socket, head: Buffer): Promise<void> {
    viewer.on('error', leaveToClose)
    if (!isProper(request)) return refuse(viewer, 400)
    const connection = connectionOf(request)
    const deadline = setTimeout(() => refuse(viewer, 504), this.#api.limits.timeoutMs)
    this.#opening.add(viewer)
    // Who has gone meanwhile, or was refused, is not asked about.
    const status = await this.#inTurn(async () => (viewer.writable ? await admit(connection, request, this.#api) : 504))
    clearTimeout(deadline)
    this.#opening.delete(viewer)
    if (status !== 101) return refuse(viewer, status)
    if (!viewer.writable || !viewer.readable) return this.#disconnected(connection, 1006, '')
    // The gateway agrees to none.
    delete request.headers['sec-websocket-protocol']
    this.#protocol.handleUpgrade(request, viewer, head, (socket) => this.#begin(connection, socket, viewer))
  }

  /** Sends a text message, after all that were sent to the connection before. A viewer who does not read is cut off. */
  post(connectionId: string, text: Buffer): Posted {
    const one = this.#open.get(connectionId)
    return one === undefined ? 'gone' : sendOrCut(one, text)
  }

  /** Ends a connection; false when there is none. */
  disconnect(connectionId: string): boolean {
    const one = this.#open.get(connectionId)
    one?.socket.close()
    return one !== undefined
  }

  describe(connectionId: string): object | undefined {
    const one = this.#open.get(connectionId)
    if (one === undefined) return undefined
    const { connectedAt, identity } = one.connection
    return { connectedAt: new Date(connectedAt), identity, lastActiveAt: one.viewer.lastActiveAt() }
  }

  /**
   * Sends the farewell, closes every connection with 1001, and refuses the upgrades under way: all are gone within a
   * second. Resolves when `$disconnect` has been called for each.
   */
  async close(): Promise<void> {
    const { farewell } = this.#api
    for (const viewer of this.#opening) refuse(viewer, 503)
    const closing = [...this.#open.values()].map(async ({ socket, viewer }) => {
      if (farewell) viewer.send(Buffer.from(farewell()))
      goAway(socket)
      await new Promise((resolve) => socket.once('close', resolve))
    })
    await Promise.all(closing)
    await Promise.all(this.#leaving)
  }

  #begin(connection: Connection, socket: WebSocket, stream: Socket): void {
    const { limits } = this.#api
    const viewer = viewerSocket(socket, stream, limits, (data, isBinary) => void this.#receive(one, data, isBinary))
    const one: Open = { connection, socket, viewer, underWay: 0, inTurn: turns(messagesAtOnce) }
    this.#open.set(connection.connectionId, one)
    // The protocol closes a socket that breaks it, with the code for it.
    socket.on('error', leaveToClose)
    socket.on('close', (code, reason) => {
      this.#open.delete(connection.connectionId)
      this.#disconnected(connection, code, reason.toString())
    })
  }

  /** What has been read already waits for its turn, in its order. */
  async #receive(one: Open, data: Buffer, isBinary: boolean): Promise<void> {
    one.underWay += 1
    if (one.underWay > messagesAtOnce) one.socket.pause()
    await one.inTurn(() =>
      Promise.race([this.#answer(one, data, isBinary), sleep(workingMs, undefined, { ref: false })]),
    )
    one.underWay -= 1
    if (one.underWay === messagesAtOnce) one.socket.resume()
  }

  async #answer(one: Open, data: Buffer, isBinary: boolean): Promise<void> {
    const { routes, call } = this.#api
    if (routes.$default === undefined) return
    const body = data.toString(isBinary ? 'base64' : 'utf8')
    const event = socketEvent(one.connection, '$default', { body, isBase64Encoded: isBinary })
    try {
      const answer = await call(routes.$default, event)
      const said = isObject(answer) ? answer.body : undefined
      if (routes.isAnswering && typeof said === 'string' && said !== '') sendOrCut(one, Buffer.from(said))
    } catch (error) {
      console.error(error)
      const { connectionId, requestId } = event.requestContext
      const said = JSON.stringify({ message: 'Internal server error', connectionId, requestId })
      sendOrCut(one, Buffer.from(said))
    }
  }

  #disconnected(connection: Connection, disconnectStatusCode: number, disconnectReason: string): void {
    const { routes, call } = this.#api
    if (routes.$disconnect === undefined) return
    const facts = { disconnectStatusCode, disconnectReason }
    const called = call(routes.$disconnect, socketEvent({ ...connection, ...facts }, '$disconnect'))
      .catch(console.error)
      .finally(() => this.#leaving.delete(called))
    this.#leaving.add(called)
  }
}

/** Sends, or cuts a viewer off who does not read: what waits for them would only grow. */
function sendOrCut({ socket, viewer }: Open, text: Buffer): Posted {
  const posted = viewer.send(text)
  if (posted === 'full') socket.terminate()
  return posted
}

/** A connection that breaks closes as well: the close is acted upon. */
function leaveToClose(): void {}
