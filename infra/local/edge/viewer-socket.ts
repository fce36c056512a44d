/** One open WebSocket of a viewer, within the gateway's limits of time and size. */
import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { type MessageSizes, messageSizes } from './message-size.ts'

export type SocketLimits = {
  maxFrameBytes: number
  maxMessageBytes: number
  /** For the whole of `$connect`, its authorizer included. */
  timeoutMs: number
  /** After which a connection without a message in either direction ends. */
  idleMs: number
  /** After which every connection ends. */
  lifetimeMs: number
  /** How long a viewer may take to send a message that it has begun, and to read what waits for it. */
  patienceMs: number
}

/** What became of a post: `full` when its viewer does not read. */
export type Posted = 'sent' | 'gone' | 'full'

export type ViewerSocket = {
  lastActiveAt(): Date
  /** Sends a text message, after all that were sent before. */
  send(text: Buffer): Posted
}

/** The most that may wait for a viewer who does not read. AWS names no number; it is a few messages of the largest size. */
const maxBufferedBytes = 1024 * 1024

const goingAway = 1001
const policyViolation = 1008
const messageTooBig = 1009

/** Holds a socket to its limits. `onMessage` gets each whole message. */
export function viewerSocket(
  socket: WebSocket,
  viewer: Socket,
  limits: SocketLimits,
  onMessage: (data: Buffer, isBinary: boolean) => void,
): ViewerSocket {
  let lastActiveAt = Date.now()
  const idle = setTimeout(() => goAway(socket), limits.idleMs)
  const lifetime = setTimeout(() => goAway(socket), limits.lifetimeMs)
  const sizes = messageSizes()
  const slowness = [slowSender(socket, viewer, sizes, limits), slowReader(socket, viewer, limits)]
  socket.on('message', (data, isBinary) => {
    if (sizes.next() > limits.maxFrameBytes) socket.close(messageTooBig)
    else if (socket.readyState === socket.OPEN && Buffer.isBuffer(data)) {
      touch()
      onMessage(data, isBinary)
    }
  })
  socket.on('close', () => {
    clearTimeout(idle)
    clearTimeout(lifetime)
    for (const { stop } of slowness) stop()
  })

  function touch(): void {
    lastActiveAt = Date.now()
    idle.refresh()
  }

  /** In frames of the size that the gateway sends. Text that is no UTF-8 would end the viewer's connection. */
  function send(text: Buffer): Posted {
    if (socket.readyState !== socket.OPEN) return 'gone'
    if (socket.bufferedAmount > maxBufferedBytes) return 'full'
    touch()
    const message = isUtf8(text) ? text : Buffer.from(text.toString())
    for (let at = 0; at === 0 || at < message.length; at += limits.maxFrameBytes) {
      const end = at + limits.maxFrameBytes
      socket.send(message.subarray(at, end), { binary: false, fin: end >= message.length })
    }
    return 'sent'
  }

  return { send, lastActiveAt: () => new Date(lastActiveAt) }
}

type Watch = { stop(): void }

/** Reads the sizes of a viewer's messages, and closes the socket when one takes too long, however steadily its bytes come. */
function slowSender(socket: WebSocket, viewer: Socket, sizes: MessageSizes, { patienceMs }: SocketLimits): Watch {
  let timer: NodeJS.Timeout | undefined
  let timed: number | undefined
  viewer.prependListener('data', (bytes: Buffer) => {
    sizes.read(bytes)
    const begun = sizes.begun()
    if (begun === timed) return
    clearTimeout(timer)
    timed = begun
    if (begun !== undefined) timer = setTimeout(() => socket.close(policyViolation, 'Too slow'), patienceMs)
  })
  return { stop: () => clearTimeout(timer) }
}

/** Cuts a viewer off who leaves something unread for too long: what waits at one look has to be gone at the next. */
function slowReader(socket: WebSocket, viewer: Socket, { patienceMs }: SocketLimits): Watch {
  let waiting = 0
  const timer = setInterval(() => {
    const read = viewer.bytesWritten - viewer.writableLength
    if (waiting > read) socket.terminate()
    waiting = viewer.writableLength > 0 ? viewer.bytesWritten : 0
  }, patienceMs / 2)
  return { stop: () => clearInterval(timer) }
}

/** Closes a socket as the gateway does when its time is up. */
export function goAway(socket: WebSocket): void {
  socket.close(goingAway, 'Going away')
}
