/** WebSocket frames as bytes (RFC 6455, section 5): where each begins and ends, and which the gateway refuses. */

export type FrameHeader = { opcode: number; payloadBytes: number }

/** Looks at each frame as its header comes by; a close code refuses the frame. */
export type FrameRule = (header: FrameHeader) => number | undefined

export type FrameScanner = {
  /** Bytes of the frame under way that are still to come; 0 between frames. */
  bytesLeft(): number
  /**
   * Reads on. The first `passable` bytes may travel on: everything but an unfinished header, which has to stand at the
   * start of the next chunk, or a refused frame and what follows it. After a `closeCode` the scanner is spent.
   */
  scan(chunk: Buffer): { passable: number; closeCode?: number }
}

export type FrameLimits = { maxFrameBytes: number; maxMessageBytes: number }

const Continuation = 0x0
export const Close = 0x8

const FinalBit = 0x80
const MaskBit = 0x80
const MaskBytes = 4
const HighWord = 2 ** 32

export const CloseCode = { goingAway: 1001, messageTooBig: 1009 } as const

/** Follows one direction of a connection. Costs a few operations a frame, nothing a byte: payloads are stepped over. */
export function frameScanner(rule: FrameRule): FrameScanner {
  let bytesLeft = 0

  function scan(chunk: Buffer): { passable: number; closeCode?: number } {
    let at = Math.min(bytesLeft, chunk.length)
    bytesLeft -= at

    while (at < chunk.length) {
      const header = readHeader(chunk, at)
      if (header === undefined) break

      const closeCode = rule(header)
      if (closeCode !== undefined) return { passable: at, closeCode }

      const end = at + header.headerBytes + header.payloadBytes
      bytesLeft = Math.max(0, end - chunk.length)
      at = Math.min(end, chunk.length)
    }
    return { passable: at }
  }

  return { bytesLeft: () => bytesLeft, scan }
}

/**
 * The limits of a WebSocket API on what a client sends: a frame or a message that is too big closes with 1009. Binary
 * messages pass, so that the service can refuse them in its own words.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
 */
export function gatewayRule({ maxFrameBytes, maxMessageBytes }: FrameLimits): FrameRule {
  let messageBytes = 0

  return ({ opcode, payloadBytes }) => {
    if (payloadBytes > maxFrameBytes) return CloseCode.messageTooBig
    // Control frames may stand between the fragments of a message and are no part of it.
    if (opcode >= Close) return undefined

    messageBytes = opcode === Continuation ? messageBytes + payloadBytes : payloadBytes
    return messageBytes > maxMessageBytes ? CloseCode.messageTooBig : undefined
  }
}

/** A whole close frame as a server sends it, unmasked. */
export function closeFrame(code: number, reason: string): Buffer {
  const frame = Buffer.alloc(4 + Buffer.byteLength(reason))
  frame[0] = FinalBit | Close
  frame[1] = frame.length - 2
  frame.writeUInt16BE(code, 2)
  frame.write(reason, 4)
  return frame
}

/** The header at `at`, or undefined while its length is not all there. A mask counts as header. */
function readHeader(chunk: Buffer, at: number): (FrameHeader & { headerBytes: number }) | undefined {
  if (chunk.length < at + 2) return undefined
  const opcode = chunk.readUInt8(at) & 0x0f
  const second = chunk.readUInt8(at + 1)
  const maskBytes = (second & MaskBit) === 0 ? 0 : MaskBytes
  const length = second & 0x7f

  if (length < 126) return { opcode, payloadBytes: length, headerBytes: 2 + maskBytes }
  if (length === 126) {
    if (chunk.length < at + 4) return undefined
    return { opcode, payloadBytes: chunk.readUInt16BE(at + 2), headerBytes: 4 + maskBytes }
  }
  if (chunk.length < at + 10) return undefined
  const payloadBytes = chunk.readUInt32BE(at + 2) * HighWord + chunk.readUInt32BE(at + 6)
  return { opcode, payloadBytes, headerBytes: 10 + maskBytes }
}
