/** The WebSocket side of the black box: a client that records everything in the order of its arrival. */
import { createHash } from 'node:crypto'
import type { ClientRequest } from 'node:http'
import { expect } from 'vitest'
import type { WebSocket } from 'ws'
import {
  type Frame,
  framesOf,
  Inbox,
  type Match,
  type Query,
  dial as toDial,
  upgraded,
} from '../../infra/client/socket.ts'
import { patienceMs, wsUrl } from './address.ts'

export type { Frame }

/** How the client shows who it is; every way may be left out, to be refused. */
export interface Connect extends Query {
  header?: string
  cookie?: string
  origin?: string
  /** A Sec-WebSocket-Key of one's own choice, in place of a random one. */
  key?: string
}

export interface Socket {
  /** Every text message as it came: an object, or an array for a batch client. */
  readonly messages: unknown[]
  /** Every frame, arrays unpacked. */
  readonly frames: Frame[]
  /** The close code, once the socket is closed. */
  readonly closed: Promise<number>
  /** Sends an object as JSON, a string as it is, bytes as a binary message. */
  send(frame: Frame | string | Buffer): void
  /** The first frame not taken yet that matches; waits for it if need be. */
  next(match: Match, timeoutMs?: number): Promise<Frame>
  /** The next `count` matching frames in the order of their arrival. */
  take(count: number, match: Match): Promise<Frame[]>
  /** Asserts that no untaken frame matches once the barrier has passed. A ping orders only what the socket's own frames cause. */
  none(match: Match, barrier?: () => Promise<unknown>): Promise<void>
  /** A ping and its pong: proves that the socket is open and has been listened to. */
  ping(): Promise<Frame>
  close(): Promise<number>
}

const opened = new Set<WebSocket>()
let pings = 0

/** Opens a socket, or throws with the status that refused the upgrade. */
export async function connect(options: Connect): Promise<Socket> {
  const socket = dial(options)
  const client = clientOf(socket)
  const status = await upgraded(socket)
  if (status !== 101) throw new Error(`The upgrade was refused with ${status}`)
  opened.add(socket)
  return client
}

/** The status that an upgrade with these credentials is answered with: 101 when it succeeds. */
export async function upgradeStatus(options: Connect): Promise<number> {
  const socket = dial(options)
  const status = await upgraded(socket)
  socket.terminate()
  return status
}

/** Closes what a file has opened. */
export function closeAll(): void {
  for (const socket of opened) socket.terminate()
  opened.clear()
}

/** Frames of one type, for `next` and its siblings. */
export function ofType(...types: number[]): Match {
  return (frame) => types.some((type) => frame.type === type)
}

function dial({ header, cookie, origin, key, ...query }: Connect): WebSocket {
  const headers = {
    ...(header !== undefined && { authorization: header }),
    ...(cookie !== undefined && { cookie }),
    ...(origin !== undefined && { origin }),
  }
  const finishRequest = key === undefined ? undefined : (request: ClientRequest) => finishWith(request, key)
  return toDial(wsUrl, query, { headers, finishRequest })
}

/** What a server has to say of a key (RFC 6455, section 4.2.2). */
export function acceptOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

/** Sends the key in place of the library's own, which the library goes on to expect an answer to. */
function finishWith(request: ClientRequest, key: string): void {
  const own = String(request.getHeader('sec-websocket-key'))
  request.setHeader('sec-websocket-key', key)
  request.prependOnceListener('upgrade', ({ headers }) => {
    const isAccepted = headers['sec-websocket-accept'] === acceptOf(key)
    headers['sec-websocket-accept'] = isAccepted ? acceptOf(own) : 'another key’s'
  })
  request.end()
}

/** Writes down all that comes, until the socket closes. */
function record(socket: WebSocket) {
  const messages: unknown[] = []
  const frames: Frame[] = []
  const inbox = new Inbox()
  socket.on('message', (data) => {
    messages.push(JSON.parse(data.toString()))
    const came = framesOf(data.toString())
    if (!came) throw new Error(`no frame, and no array of them: ${data}`)
    for (const frame of came) {
      frames.push(frame)
      inbox.put(frame)
    }
  })
  const closed = new Promise<number>((resolve) => {
    socket.once('close', (code) => {
      inbox.close(`The socket closed with ${code} while waiting`)
      resolve(code)
    })
  })
  return { messages, frames, inbox, closed }
}

function clientOf(socket: WebSocket): Socket {
  const { messages, frames, inbox, closed } = record(socket)
  const send = (frame: Frame | string | Buffer) =>
    socket.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame))
  const next = (match: Match, timeoutMs = patienceMs) => inbox.next(match, timeoutMs)

  const ping = () => {
    pings += 1
    const mark = pings
    send({ type: 0, ping: mark })
    return next((frame) => frame.type === 0 && frame.pong === mark)
  }

  return {
    messages,
    frames,
    closed,
    send,
    next,
    ping,
    async take(count, match) {
      const taken: Frame[] = []
      while (taken.length < count) taken.push(await next(match))
      return taken
    },
    async none(match, barrier = ping) {
      await barrier()
      expect(inbox.untaken.filter(match)).toEqual([])
    },
    close() {
      socket.close(1000)
      return closed
    },
  }
}
