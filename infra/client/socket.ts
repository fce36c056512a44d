/** The WebSocket of a chat client. */
import { type ClientOptions, WebSocket } from 'ws'

/** A frame as received. */
export type Frame = Record<string, unknown>
export type Match = (frame: Frame) => boolean

/** The query of a socket's URL. */
export interface Query {
  token?: string | undefined
  ticket?: string | undefined
  /** Allows the server to send arrays of frames. */
  frames?: 'batch' | undefined
  /** How long the client may be silent, in seconds; 30 if it does not say. */
  heartbeat?: number | string | undefined
}

/** The URL for sockets of an origin. */
export const socketUrl = (base: string): string => `${base.replace(/^http/, 'ws')}/api/ws`

/** Begins to open a socket. The caller handles its errors. */
export function dial(url: string, { token, ticket, frames, heartbeat }: Query, options: ClientOptions = {}): WebSocket {
  const address = new URL(url)
  for (const [name, value] of Object.entries({ token, ticket, frames, heartbeat })) {
    if (value !== undefined) address.searchParams.set(name, String(value))
  }
  return new WebSocket(address, { perMessageDeflate: false, handshakeTimeout: 10_000, ...options })
}

/** The status of the reply to a socket's upgrade: 101 once it is open. Later errors are ignored. */
export function upgraded(socket: WebSocket): Promise<number> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(101))
    socket.once('unexpected-response', (request, response) => {
      response.resume()
      request.destroy()
      resolve(response.statusCode ?? 0)
    })
    socket.on('error', reject)
  })
}

/** Opens a socket. `onPost` gets the frames of one WebSocket message. @throws Error when the socket is refused. */
export async function connect(
  base: string,
  query: Query,
  onPost: (frames: readonly Frame[]) => void,
): Promise<WebSocket> {
  const socket = dial(socketUrl(base), query, { handshakeTimeout: 30_000, skipUTF8Validation: true })
  socket.on('message', (data) => onPost(framesOf(String(data)) ?? []))
  const status = await upgraded(socket)
  if (status !== 101) throw new Error(`the socket was refused with ${status}`)
  return socket
}

/** The frames of one message: one, or an array of them. Undefined if it is neither. */
export function framesOf(text: string): Frame[] | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const frames: unknown[] = Array.isArray(value) ? value : [value]
    return frames.every(isFrame) ? frames : undefined
  } catch {
    return undefined
  }
}

const isFrame = (value: unknown): value is Frame => typeof value === 'object' && value !== null && !Array.isArray(value)

interface Waiter {
  match: Match
  resolve: (frame: Frame) => void
  reject: (error: Error) => void
}

/** Received frames that have not been taken yet, in the order of arrival. */
export class Inbox {
  readonly untaken: Frame[] = []
  readonly #waiters: Waiter[] = []

  put(frame: Frame): void {
    const waiter = this.#waiters.find(({ match }) => match(frame))
    if (waiter) waiter.resolve(frame)
    else this.untaken.push(frame)
  }

  /** Takes the first frame that matches, or waits for it. @throws Error when it does not arrive in time. */
  next(match: Match, timeoutMs: number): Promise<Frame> {
    const found = this.untaken.find(match)
    if (found) {
      this.untaken.splice(this.untaken.indexOf(found), 1)
      return Promise.resolve(found)
    }
    return new Promise((resolve, reject) => {
      const finish = (act: () => void): void => {
        clearTimeout(timer)
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1)
        act()
      }
      const waiter: Waiter = {
        match,
        resolve: (frame) => finish(() => resolve(frame)),
        reject: (error) => finish(() => reject(error)),
      }
      const timer = setTimeout(() => waiter.reject(new Error(this.#missing(timeoutMs))), timeoutMs)
      this.#waiters.push(waiter)
    })
  }

  /** Rejects all who wait: no more frames will arrive. */
  close(reason: string): void {
    for (const waiter of [...this.#waiters]) waiter.reject(new Error(reason))
  }

  #missing(timeoutMs: number): string {
    const rest = JSON.stringify(this.untaken.slice(-5)).slice(0, 600)
    return `No matching frame within ${timeoutMs} ms; of ${this.untaken.length} others the last are ${rest}`
  }
}
