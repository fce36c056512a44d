/** An open WebSocket, carried as bytes between the viewer and the WebSocket API. */
import type { Socket } from 'node:net'
import { Close, closeFrame, type FrameLimits, type FrameScanner, frameScanner, gatewayRule } from './frame.ts'

export type Tunnel = {
  /** Says goodbye to the viewer with `code` and hangs up on the origin. A second call does nothing. */
  close(code: number, reason: string): void
}

/** How long a side that has been hung up on may take to hang up itself. */
const graceMs = 500

const nothing: Buffer = Buffer.alloc(0)

/**
 * Joins two sockets on which the upgrade is done; bytes pass unchanged, with the receiver's back pressure.
 *
 * A frame that the gateway refuses is not passed, nor is anything after it, but all that came before it is. The viewer
 * gets the close frame after the end of the frame it is just receiving, so its stream is valid to the last byte.
 * Calls `onClosed` once, when both sockets are gone.
 */
export function openTunnel(viewer: Socket, origin: Socket, limits: FrameLimits, onClosed: () => void): Tunnel {
  let goodbye: Buffer | undefined
  let hasOriginSaidGoodbye = false
  let openSockets = 2

  const fromViewer = frameScanner(gatewayRule(limits))
  const fromOrigin = frameScanner(({ opcode }) => {
    hasOriginSaidGoodbye ||= opcode === Close
    return undefined
  })
  const passToOrigin = passing(viewer, origin, fromViewer)
  const passToViewer = passing(origin, viewer, fromOrigin)

  function close(code: number, reason: string): void {
    if (goodbye !== undefined) return
    goodbye = closeFrame(code, reason)
    hangUp(origin)
    if (fromOrigin.bytesLeft() === 0) sayGoodbye()
  }

  function sayGoodbye(): void {
    hangUp(viewer, hasOriginSaidGoodbye ? nothing : goodbye)
  }

  viewer.on('data', (chunk: Buffer) => {
    if (goodbye !== undefined) return
    const closeCode = passToOrigin(chunk)
    if (closeCode !== undefined) close(closeCode, '')
  })
  origin.on('data', (chunk: Buffer) => {
    if (goodbye === undefined) {
      passToViewer(chunk)
      return
    }
    const bytesLeft = fromOrigin.bytesLeft()
    if (bytesLeft === 0) return
    passToViewer(chunk.subarray(0, bytesLeft))
    if (fromOrigin.bytesLeft() === 0) sayGoodbye()
  })

  for (const [here, there] of [
    [viewer, origin],
    [origin, viewer],
  ] as const) {
    here.setNoDelay(true)
    here.setTimeout(0)
    here.on('drain', () => there.resume())
    here.on('end', () => hangUp(there))
    here.on('error', leaveToClose)
    here.on('close', () => {
      hangUp(there)
      openSockets -= 1
      if (openSockets === 0) onClosed()
    })
  }
  return { close }
}

/**
 * Passes chunks on as far as the scanner lets them and keeps an unfinished header for the next chunk. Answers with the
 * close code of a refused frame.
 */
function passing(from: Socket, to: Socket, scanner: FrameScanner): (chunk: Buffer) => number | undefined {
  let unfinished = nothing

  return (chunk) => {
    const bytes = unfinished.length === 0 ? chunk : Buffer.concat([unfinished, chunk])
    const { passable, closeCode } = scanner.scan(bytes)
    const passed = passable === bytes.length ? bytes : bytes.subarray(0, passable)
    unfinished = passed === bytes ? nothing : Buffer.from(bytes.subarray(passable))
    if (passable > 0 && !to.writableEnded && !to.destroyed && !to.write(passed)) from.pause()
    return closeCode
  }
}

/** Ends our side after the last words, and the whole socket if the other side does not follow in time. */
function hangUp(socket: Socket, lastWords: Buffer = nothing): void {
  if (socket.writableEnded || socket.destroyed) return
  if (lastWords.length > 0) socket.write(lastWords)
  socket.end()
  // What still comes is read: left unread it would turn the end into a reset, which can overtake the last words.
  socket.resume()
  const timer = setTimeout(() => socket.destroy(), graceMs)
  socket.once('close', () => clearTimeout(timer))
}

/** A socket that breaks closes as well, and that is what is acted upon. */
function leaveToClose(): void {}
