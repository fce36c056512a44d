/** How connections end. */
import type { Duplex } from 'node:stream'

/** How long a side that has been hung up on may take to hang up itself. */
const graceMs = 500

/** Ends our side after the last words, and the whole connection soon after. */
export function hangUp(stream: Duplex, lastWords: Buffer): void {
  if (stream.writableEnded || stream.destroyed) return
  stream.end(lastWords)
  // What still comes is read: left unread it would turn the end into a reset, which can overtake the last words.
  stream.resume()
  destroyInTime(stream)
}

/** Destroys what has been hung up on, unless the other side follows in time. */
export function destroyInTime(stream: Duplex): void {
  const timer = setTimeout(() => stream.destroy(), graceMs)
  stream.once('close', () => clearTimeout(timer))
}
