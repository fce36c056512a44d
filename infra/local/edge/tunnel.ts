/** A viewer's WebSocket, carried as bytes to a server in this process and back. */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { Close, closeFrame, type FrameLimits, type FrameScanner, frameScanner, gatewayRule } from './frame.ts'
import { destroyInTime, hangUp } from './hang-up.ts'

export type Tunnel = {
  /** The API's end, for its server to take as the socket of the upgrade. */
  socket: Duplex
  /** Says goodbye to the viewer with `code` and hangs up on the API. A second call does nothing. */
  close(code: number, reason: string): void
}

const nothing: Buffer = Buffer.alloc(0)

/**
 * Makes the API's end of a connection on which an upgrade is asked for, and joins both once that is done.
 *
 * The API's answer is told by its status, and 503 when it hangs up without one; for a 101 the viewer gets `acceptance`, since
 * the API was asked for another socket than the viewer did. From there on bytes pass unchanged and uncopied, with the receiver's back pressure. A frame that the gateway refuses is not passed,
 * nor is anything after it, but all that came before it is. The viewer gets the close frame after the end of the frame it
 * is just receiving, so its stream is valid to the last byte.
 */
export function openTunnel(
  viewer: Socket,
  acceptance: Buffer,
  limits: FrameLimits,
  onAnswer: (status: number) => void,
): Tunnel {
  let isOpen = false
  let goodbye: Buffer | undefined
  let hasOriginSaidGoodbye = false
  let hasEnded = false
  let goOn: (() => void) | undefined

  const fromViewer = frameScanner(gatewayRule(limits))
  const fromOrigin = frameScanner(({ opcode }) => {
    hasOriginSaidGoodbye ||= opcode === Close
    return undefined
  })
  const origin = new Duplex({
    read: () => {
      if (isOpen) viewer.resume()
    },
    write: (chunk: Buffer, _encoding, done) => take([chunk], done),
    writev: (parts, done) =>
      take(
        parts.map(({ chunk }) => chunk),
        done,
      ),
    final: (done) => {
      endViewer()
      done()
    },
  })
  const passToOrigin = passing(fromViewer, (bytes) => origin.push(bytes))
  const passToViewer = passing(fromOrigin, (bytes) => viewer.writableEnded || viewer.destroyed || viewer.write(bytes))

  /** What a server writes in one go, such as a frame's header and payload, goes out in one go. */
  function take(chunks: Buffer[], done: () => void): void {
    let hasRoom = true
    viewer.cork()
    for (const chunk of chunks) hasRoom = isOpen ? passOn(chunk) : answer(chunk)
    viewer.uncork()
    if (hasRoom || goodbye !== undefined) done()
    else goOn = done
  }

  function answer(chunk: Buffer): boolean {
    const [head = '', status] = /^HTTP\/1\.1 (\d{3}) .*?\r\n\r\n/s.exec(chunk.toString('latin1')) ?? []
    if (status !== '101' || !viewer.writable) {
      onAnswer(Number(status ?? 502))
      return true
    }
    isOpen = true
    viewer.setNoDelay(true)
    viewer.setTimeout(0)
    viewer.on('data', hear)
    onAnswer(101)
    viewer.write(acceptance)
    return passOn(chunk.subarray(head.length))
  }

  function passOn(chunk: Buffer): boolean {
    if (goodbye === undefined) return passToViewer(chunk).hasRoom
    if (fromOrigin.bytesLeft() === 0) return true
    passToViewer(chunk.subarray(0, fromOrigin.bytesLeft()))
    if (fromOrigin.bytesLeft() === 0) sayGoodbye()
    return true
  }

  function hear(chunk: Buffer): void {
    if (goodbye !== undefined || origin.destroyed) return
    const { hasRoom, closeCode } = passToOrigin(chunk)
    if (closeCode !== undefined) close(closeCode, '')
    else if (!hasRoom) viewer.pause()
  }

  function close(code: number, reason: string): void {
    if (goodbye !== undefined) return
    goodbye = closeFrame(code, reason)
    endOrigin()
    if (fromOrigin.bytesLeft() === 0) sayGoodbye()
    release()
  }

  function sayGoodbye(): void {
    endViewer(hasOriginSaidGoodbye ? nothing : goodbye)
  }

  /** Ends our side after the last words. */
  function endViewer(lastWords: Buffer = nothing): void {
    if (!isOpen) onAnswer(503)
    hangUp(viewer, lastWords)
  }

  function endOrigin(): void {
    if (hasEnded || origin.destroyed) return
    hasEnded = true
    origin.push(null)
    destroyInTime(origin)
  }

  /** Lets a server write on that waits for the viewer. */
  function release(): void {
    const next = goOn
    goOn = undefined
    next?.()
  }

  viewer.on('drain', release)
  viewer.on('end', endOrigin)
  viewer.on('error', leaveToClose)
  viewer.on('close', () => {
    if (isOpen) endOrigin()
    else origin.destroy()
    release()
  })
  origin.on('error', leaveToClose)
  origin.on('close', () => endViewer())
  return { socket: origin, close }
}

/** Passes chunks on as far as the scanner lets them and keeps an unfinished header for the next chunk. */
function passing(
  scanner: FrameScanner,
  pass: (bytes: Buffer) => boolean,
): (chunk: Buffer) => { hasRoom: boolean; closeCode: number | undefined } {
  let unfinished = nothing

  return (chunk) => {
    const bytes = unfinished.length === 0 ? chunk : Buffer.concat([unfinished, chunk])
    const { passable, closeCode } = scanner.scan(bytes)
    unfinished = passable === bytes.length ? nothing : Buffer.from(bytes.subarray(passable))
    return { hasRoom: passable === 0 || pass(bytes.subarray(0, passable)), closeCode }
  }
}

/** A stream that breaks closes as well, and that is what is acted upon. */
function leaveToClose(): void {}
