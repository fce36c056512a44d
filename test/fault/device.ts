/** One device of a person: a socket that comes and goes, and what it has of each conversation. */
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Person } from '../../infra/client/people.ts'
import { dial, type Frame, framesOf, socketUrl } from '../../infra/client/socket.ts'
import { brokenFrame, numberOf, textOf, wrongFrame } from './frame.ts'
import { createPages, type Pages } from './pages.ts'
import type { Random } from './random.ts'
import type { DeviceLog, Recording, Seen } from './recording.ts'
import { groupTarget, type Target, targetOf, userTarget } from './target.ts'
import { createView, type View } from './view.ts'

export interface DeviceOptions {
  base: () => string
  owner: Person
  targets: readonly Target[]
  name: string
  /** It takes arrays of frames. */
  isBatch: boolean
  random: Random
  /** Between two heartbeats. */
  heartbeatMs: number
  recording: Recording
  /** A type 5 or 9 has come; the id is undefined when the frame names no message. */
  onAnswer(device: Device, clientMessageId: string | undefined, frame: Frame): void
  /** The connection has ended, or its outcome became unknown. */
  onLost(device: Device): void
}

export class Device {
  readonly log: DeviceLog
  readonly views: ReadonlyMap<Target, View>
  readonly name: string
  readonly #options: DeviceOptions
  readonly #pages: Pages
  #socket: WebSocket | undefined
  #stream: Socket | undefined
  #timer: NodeJS.Timeout | undefined
  #heartbeat: NodeJS.Timeout | undefined
  #heardAt = 0
  #isWanted = false
  #isLeaving = false
  #failures = 0
  #onTold: ((isRefused: boolean) => void)[] = []
  connects = 0

  constructor(options: DeviceOptions) {
    const { name, owner, targets, recording } = options
    this.#options = options
    this.name = name
    this.log = { name, owner: owner.id, seen: [], beforeLastSync: new Map() }
    recording.devices.push(this.log)
    this.views = new Map(targets.map((target) => [target, createView()]))
    this.#pages = createPages({
      ...options,
      views: this.views,
      note: (target, message) => {
        this.#note('page', target, numberOf(message, 'from_user_id'), message, textOf(message, 'content'))
      },
      isWanted: () => this.#isWanted,
    })
  }

  get owner(): Person {
    return this.#options.owner
  }

  get isOpen(): boolean {
    const socket = this.#socket
    return socket !== undefined && socket.readyState === socket.OPEN && !this.#isLeaving
  }

  /** Connects, and again whenever the connection is lost, until `stop`. */
  start(): void {
    this.#isWanted = true
    this.#connect()
  }

  stop(): void {
    this.#isWanted = false
    clearTimeout(this.#timer)
    clearInterval(this.#heartbeat)
    this.#socket?.close()
    const socket = this.#socket
    setTimeout(() => socket?.terminate(), 500).unref()
  }

  send(frame: Frame): boolean {
    if (!this.isOpen) return false
    this.#socket?.send(JSON.stringify(frame))
    return true
  }

  /** Disconnects: with or without a close frame, in the middle of a frame, or closed by the server for invalid UTF-8. */
  leave(how: 'close' | 'terminate' | 'cut' | 'nonsense'): void {
    if (how === 'close') this.#socket?.close()
    else if (how === 'terminate') this.#socket?.terminate()
    else {
      this.#isLeaving = true
      const stream = this.#stream
      const half = brokenFrame('{"type":2,"target_id":1,"content":"half a')
      stream?.write(how === 'cut' ? half : wrongFrame(), () => {
        if (how === 'cut') stream.destroy()
      })
    }
  }

  /** Sends a heartbeat. @returns whether it was answered within `timeoutMs`, and not refused. */
  async ping(timeoutMs: number): Promise<boolean> {
    if (!this.send({ type: 0, ping: 1 })) return false
    return await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), timeoutMs)
      this.#onTold.push((isRefused) => {
        clearTimeout(timer)
        resolve(!isRefused)
      })
    })
  }

  /** Asks for all that it does not have; resolves when it has it. */
  sync(): Promise<void> {
    return this.#pages.sync()
  }

  get isSyncing(): boolean {
    return this.#pages.isBusy()
  }

  /** Takes note of a message of its own, which `frame` says is stored. */
  learn(frame: Frame, content: string): void {
    this.#note('answer', targetOf(frame), this.owner.id, frame, content)
  }

  #connect(): void {
    const { base, owner, isBatch, recording } = this.#options
    const socket = dial(socketUrl(base()), { token: owner.token, frames: isBatch ? 'batch' : undefined })
    this.#socket = socket
    this.#isLeaving = false
    socket.on('upgrade', ({ socket: stream }) => {
      this.#stream = stream
    })
    socket.on('unexpected-response', (request, { statusCode }) => {
      if (statusCode === 401) recording.offences.push(`an upgrade of ${this.name} was refused with 401`)
      request.destroy()
      this.#lost(socket, undefined)
    })
    socket.on('open', () => {
      this.connects += 1
      this.#failures = 0
      this.#heardAt = Date.now()
      clearInterval(this.#heartbeat)
      this.#heartbeat = setInterval(() => this.#beat(), this.#options.heartbeatMs)
      void this.sync()
    })
    socket.on('message', (data) => this.#received(String(data)))
    socket.on('error', () => {})
    socket.on('close', () => this.#lost(socket, undefined))
  }

  #lost(socket: WebSocket, pauseMs: number | undefined): void {
    if (this.#socket !== socket) return
    this.#socket = undefined
    clearInterval(this.#heartbeat)
    this.#options.onLost(this)
    if (!this.#isWanted) return
    this.#failures += 1
    const longest = Math.min(200 * 2 ** this.#failures, 1_500)
    this.#timer = setTimeout(() => this.#connect(), pauseMs ?? this.#options.random.between(50, longest))
  }

  #beat(): void {
    // Three heartbeats without an answer: the connection is dead.
    if (Date.now() - this.#heardAt > this.#options.heartbeatMs * 3.5) this.#socket?.terminate()
    else this.send({ type: 0, ping: 1 })
  }

  #received(text: string): void {
    this.#heardAt = Date.now()
    const frames = framesOf(text)
    if (!frames) this.#options.recording.offences.push(`${this.name} received what is no frame: ${text.slice(0, 100)}`)
    for (const frame of frames ?? []) this.#heard(frame)
  }

  #heard(frame: Frame): void {
    const { onAnswer, onLost, owner, recording } = this.#options
    const id = typeof frame.client_msg_id === 'string' ? frame.client_msg_id : undefined
    if (frame.type === 2 || frame.type === 3) {
      const from = numberOf(frame, 'from_id')
      const targetId = numberOf(frame, 'target_id')
      const target = frame.type === 3 ? groupTarget(targetId) : userTarget(from === owner.id ? targetId : from)
      this.#note('push', target, from, frame, textOf(frame, 'content'))
      if ((this.views.get(target)?.upTo() ?? 0) < numberOf(frame, 'seq')) void this.sync()
    } else if (frame.type === 5 || frame.type === 9) onAnswer(this, id, frame)
    else if (frame.type === 6) {
      const reader = numberOf(frame, 'from_id')
      recording.marksTold.push({ owner: reader, target: targetOf(frame), seq: numberOf(frame, 'seq') })
    } else if (frame.type === 8 && frame.event === 'resync') void this.sync()
    else if (frame.type === 10) {
      const socket = this.#socket
      socket?.close()
      if (socket) this.#lost(socket, numberOf(frame, 'reconnect_after_ms') || 0)
    } else if (frame.type === undefined) onLost(this)
    if (frame.type === 0 || frame.event === 'resync' || frame.type === 9) {
      for (const told of this.#onTold.splice(0)) told(frame.type === 9)
    }
  }

  #note(via: Seen['via'], target: Target, from: number, placed: unknown, content: string): void {
    const [seq, id, createdAt] = [numberOf(placed, 'seq'), numberOf(placed, 'id'), numberOf(placed, 'created_at')]
    this.log.seen.push({ at: Date.now(), via, target, seq, id, from, content, createdAt })
    this.views.get(target)?.add(seq)
  }
}
