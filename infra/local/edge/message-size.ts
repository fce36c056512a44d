/**
 * The largest frame of each message (RFC 6455, section 5): the gateway has a limit for a frame, and `ws` only one for a
 * whole message. It reads the headers of a client's frames, and skips their payloads.
 */

const Final = 0x80
const Continuation = 0x0
const Control = 0x8
const MaskBytes = 4

export type MessageSizes = {
  /** Takes the next bytes of the connection. */
  read(chunk: Buffer): void
  /** The bytes of the largest frame of the next message; 0 when there is none. */
  next(): number
  /** The number of the message that has begun and is not all there, counted from 0; undefined between messages. */
  begun(): number | undefined
}

export function messageSizes(): MessageSizes {
  const whole: number[] = []
  let ended = 0
  let isFragmented = false
  let largest = 0
  let unfinished = Buffer.alloc(0)
  let bytesLeft = 0

  function read(chunk: Buffer): void {
    const bytes = unfinished.length === 0 ? chunk : Buffer.concat([unfinished, chunk])
    unfinished = Buffer.alloc(0)
    let at = bytesLeft
    while (at < bytes.length) {
      const lengths = lengthsAt(bytes, at)
      if (lengths === undefined) {
        unfinished = Buffer.from(bytes.subarray(at))
        at = bytes.length
      } else {
        note(bytes.readUInt8(at), lengths.payload)
        at += lengths.header + lengths.payload
      }
    }
    bytesLeft = at - bytes.length
  }

  /** Control frames may stand between the fragments of a message and are no part of it. */
  function note(first: number, payloadBytes: number): void {
    const opcode = first & 0x0f
    if (opcode >= Control) return
    largest = opcode === Continuation ? Math.max(largest, payloadBytes) : payloadBytes
    isFragmented = (first & Final) === 0
    if (isFragmented) return
    whole.push(largest)
    ended += 1
  }

  function begun(): number | undefined {
    // A message whose payload is still coming has been counted as ended.
    if (bytesLeft > 0 && !isFragmented) return ended - 1
    return isFragmented || bytesLeft > 0 || unfinished.length > 0 ? ended : undefined
  }

  return { read, next: () => whole.shift() ?? 0, begun }
}

/** The lengths of the frame at `at`, or undefined while they are not all there. A client's mask counts as header. */
function lengthsAt(bytes: Buffer, at: number): { header: number; payload: number } | undefined {
  const short = at + 1 < bytes.length ? bytes.readUInt8(at + 1) & 0x7f : 0
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0
  const header = 2 + lengthBytes
  if (bytes.length < at + header) return undefined
  const payload =
    lengthBytes === 8 ? Number(bytes.readBigUInt64BE(at + 2)) : lengthBytes === 2 ? bytes.readUInt16BE(at + 2) : short
  return { header: header + MaskBytes, payload }
}
