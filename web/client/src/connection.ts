/** One socket that comes and goes, until its session is over or somebody stops it. */

import { Emitter } from './emitter.ts'
import { type Environment, pauseMs, type Socket } from './environment.ts'
import { ChatError, errorOf, isOver } from './errors.ts'
import { type Frame, framesOf } from './frame.ts'
import type { Http } from './http.ts'
import type { ClientFrame } from './wire.ts'

interface Events {
  open: []
  /** Every frame but those of the connection itself. */
  frame: [frame: Frame]
  lost: []
  /** It does not connect again until it is started again. */
  ended: [error: ChatError]
}

const openWithinMs = 10_000
const answerWithinMs = 10_000
// A pause that somebody else names is kept to, but not without end.
const longestPauseMs = 300_000

export class Connection extends Emitter<Events> {
  readonly #http: Http
  readonly #environment: Environment
  readonly #heartbeatSeconds: number
  /** Undefined when nobody wants a connection; each attempt is an object of its own, so that a late answer is known. */
  #attempt: object | undefined
  #socket: Socket | undefined
  #isOpen = false
  #failures = 0
  #pings = 0
  #retry: unknown
  #heartbeat: unknown
  #deadline: unknown

  constructor(http: Http, environment: Environment, heartbeatSeconds: number) {
    super()
    this.#http = http
    this.#environment = environment
    this.#heartbeatSeconds = heartbeatSeconds
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Connects now, if it does not do so already, and again whenever the connection is lost. */
  start(): void {
    if (this.#socket) return
    this.#environment.clearTimeout(this.#retry)
    void this.#connect()
  }

  stop(): void {
    this.#attempt = undefined
    this.#environment.clearTimeout(this.#retry)
    this.#leave()
  }

  /** @returns whether there was a socket to send it by. */
  send(frame: ClientFrame): boolean {
    if (!this.#isOpen) return false
    this.#socket?.send(JSON.stringify(frame))
    return true
  }

  /** Asks the other side for a sign of life; a connection without one is given up. */
  check(): void {
    const { setTimeout } = this.#environment
    this.#pings += 1
    if (!this.send({ type: 0, ping: this.#pings })) return
    this.#deadline ??= setTimeout(() => this.#lose(0), answerWithinMs)
  }

  async #connect(): Promise<void> {
    const attempt = {}
    this.#attempt = attempt
    try {
      const { ticket } = await this.#http.call<{ ticket: string }>('POST', '/api/ws/ticket')
      if (this.#attempt === attempt) this.#dial(ticket)
    } catch (failure) {
      if (this.#attempt !== attempt) return
      const error = errorOf(failure)
      if (isOver(error.reason)) this.#end(error)
      else this.#again(error.retryAfterMs ?? 0)
    }
  }

  #dial(ticket: string): void {
    const { WebSocket, setTimeout } = this.#environment
    const query = { ticket, frames: 'batch', heartbeat: String(this.#heartbeatSeconds) }
    const socket = new WebSocket(this.#http.socketUrl(query))
    this.#socket = socket
    const isCurrent = () => this.#socket === socket
    this.#deadline = setTimeout(() => this.#lose(0), openWithinMs)
    socket.onopen = () => {
      if (!isCurrent()) return
      this.#isOpen = true
      this.#heard()
      this.#beat()
      this.emit('open')
    }
    socket.onmessage = ({ data }: { data: unknown }) => {
      if (!isCurrent()) return
      this.#heard()
      // A connection that brings nothing counts as a failure: else one that is closed at once would be opened at once.
      this.#failures = 0
      for (const frame of framesOf(data)) if (isCurrent()) this.#received(frame)
    }
    socket.onclose = () => {
      if (isCurrent()) this.#lose(0)
    }
    socket.onerror = socket.onclose
  }

  #received(frame: Frame): void {
    if (frame.type === 10) this.#goAway(frame.reason, frame.reconnect_after_ms)
    else if (frame.type !== 0) this.emit('frame', frame)
  }

  #goAway(reason: string, afterMs: number): void {
    // Of sockets that take the place of each other, one has to be the last: a person decides which.
    if (isOver(reason) || reason === 'TOO_MANY_CONNECTIONS') this.#end(new ChatError(reason))
    else this.#lose(afterMs)
  }

  #beat(): void {
    this.check()
    this.#heartbeat = this.#environment.setTimeout(() => this.#beat(), this.#heartbeatSeconds * 1_000)
  }

  #heard(): void {
    this.#environment.clearTimeout(this.#deadline)
    this.#deadline = undefined
  }

  #lose(afterMs: number): void {
    this.#leave()
    if (this.#attempt) this.#again(afterMs)
  }

  #end(error: ChatError): void {
    this.stop()
    this.emit('ended', error)
  }

  /** Lets go of the socket. What it still says is nobody's. */
  #leave(): void {
    const socket = this.#socket
    const wasOpen = this.#isOpen
    this.#socket = undefined
    this.#isOpen = false
    this.#heard()
    this.#environment.clearTimeout(this.#heartbeat)
    try {
      socket?.close()
    } catch {
      // It was never open.
    }
    if (wasOpen) this.emit('lost')
  }

  #again(afterMs: number): void {
    const { setTimeout, clearTimeout } = this.#environment
    const asked = afterMs > 0 ? Math.min(afterMs, longestPauseMs) : 0
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => void this.#connect(), asked + pauseMs(this.#environment, this.#failures))
    this.#failures += 1
  }
}
