/** Viewers of every kind, from a plain request to single bytes on an open socket. */
import { type IncomingMessage, type RequestOptions, request } from 'node:http'
import { connect, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

/** Sends the path as it is written, which `fetch` would tidy up. */
export async function ask(
  port: number,
  path: string,
  { body, ...options }: RequestOptions & { body?: string | Buffer } = {},
) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ port, host: '127.0.0.1', path, ...options }, resolve)
      .on('error', reject)
      .end(body)
  })
  const parts: Buffer[] = await answer.toArray()
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts).toString() }
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

/** A viewer that has been let in and speaks in bytes from there on. */
export async function bareViewer(port: number, firstBytes: Buffer = Buffer.alloc(0)): Promise<Bytes<Socket>> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => {
    socket.destroy()
  })
  const head =
    'GET /api/ws HTTP/1.1\r\nHost: edge\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
  socket.write(Buffer.concat([Buffer.from(head), firstBytes]))
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

/** A connection whose bytes are kept. */
export type Bytes<Stream extends Duplex> = {
  socket: Stream
  /** What has come so far, without the reply's head. */
  sofar(): Buffer
  /** Resolves when the other side has ended. */
  ended: Promise<void>
}

/** Keeps what comes. */
export function collect<Stream extends Duplex>(socket: Stream): Bytes<Stream> {
  const chunks: Buffer[] = []
  if (socket instanceof Socket) socket.setNoDelay(true)
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => {})
  socket.resume()
  return {
    socket,
    sofar: () => Buffer.concat(chunks),
    ended: new Promise((resolve) => socket.once('end', resolve).once('close', () => resolve())),
  }
}

/** Writes so that each byte is read by itself: everything runs in this process, and two turns of its loop see it through. */
export async function writeByteByByte(socket: Socket, bytes: Buffer): Promise<void> {
  for (const byte of bytes) {
    socket.write(Buffer.from([byte]))
    for (let turns = 0; turns < 2; turns += 1) await new Promise(setImmediate)
  }
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
