/**
 * The largest frame of each message (RFC 6455, section 5): the gateway has a limit for a frame, and `ws` only one for a
 * whole message. It follows what a client sends, and steps over the payloads.
 */

const Final = 0x80
const Continuation = 0x0
const Control = 0x8
const MaskBytes = 4
const HighWord = 2 ** 32

export type MessageSizes = {
  /** Takes the next bytes of the connection. */
  hear(chunk: Buffer): void
  /** The bytes of the largest frame of the next message that has begun to end: 0 when there is none. */
  next(): number
}

export function messageSizes(): MessageSizes {
  const whole: number[] = []
  let largest = 0
  let unfinished: Buffer = Buffer.alloc(0)
  let bytesLeft = 0

  function hear(chunk: Buffer): void {
    const bytes = unfinished.length === 0 ? chunk : Buffer.concat([unfinished, chunk])
    let at = Math.min(bytesLeft, bytes.length)
    bytesLeft -= at
    unfinished = Buffer.alloc(0)
    while (at < bytes.length) {
      const header = readHeader(bytes, at)
      if (header === undefined) {
        unfinished = Buffer.from(bytes.subarray(at))
        return
      }
      note(header)
      const end = at + header.headerBytes + header.payloadBytes
      bytesLeft = Math.max(0, end - bytes.length)
      at = Math.min(end, bytes.length)
    }
  }

  /** Control frames may stand between the fragments of a message and are no part of it. */
  function note({ opcode, isFinal, payloadBytes }: Header): void {
    if (opcode >= Control) return
    largest = opcode === Continuation ? Math.max(largest, payloadBytes) : payloadBytes
    if (isFinal) whole.push(largest)
  }

  return { hear, next: () => whole.shift() ?? 0 }
}

type Header = { opcode: number; isFinal: boolean; payloadBytes: number; headerBytes: number }

/** The header at `at`, or undefined while its length is not all there. A mask counts as header. */
function readHeader(chunk: Buffer, at: number): Header | undefined {
  if (chunk.length < at + 2) return undefined
  const [first, second] = [chunk.readUInt8(at), chunk.readUInt8(at + 1)]
  const short = second & 0x7f
  const lengthBytes = short === 127 ? 8 : short === 126 ? 2 : 0
  if (chunk.length < at + 2 + lengthBytes) return undefined
  const payloadBytes =
    lengthBytes === 0
      ? short
      : lengthBytes === 2
        ? chunk.readUInt16BE(at + 2)
        : chunk.readUInt32BE(at + 2) * HighWord + chunk.readUInt32BE(at + 6)
  return {
    opcode: first & 0x0f,
    isFinal: (first & Final) !== 0,
    payloadBytes,
    headerBytes: 2 + lengthBytes + MaskBytes,
  }
}
