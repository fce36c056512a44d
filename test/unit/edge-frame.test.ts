import { describe, expect, test } from 'vitest'
import { closeFrame, type FrameHeader, frameScanner, gatewayRule } from '../../infra/local/edge/frame.ts'
import { frame } from './edge-viewer.ts'

const limits = { maxFrameBytes: 32_768, maxMessageBytes: 131_072 }

/** Reads a stream in pieces of `size`, as a connection that keeps unfinished headers does. */
function read(stream: Buffer, size: number, rule = gatewayRule(limits)) {
  const scanner = frameScanner(rule)
  let unfinished = Buffer.alloc(0)
  let passed = 0
  for (let at = 0; at < stream.length; at += size) {
    const chunk = Buffer.concat([unfinished, stream.subarray(at, at + size)])
    const { passable, closeCode } = scanner.scan(chunk)
    passed += passable
    if (closeCode !== undefined) return { passed, closeCode }
    unfinished = chunk.subarray(passable)
  }
  return { passed, closeCode: undefined, bytesLeft: scanner.bytesLeft() }
}

const piece = (bytes: number, opcode: number, isFinal: boolean) => frame('x'.repeat(bytes), { opcode, isFinal })

describe('the scanner', () => {
  test('sees every frame with its length, be it written in 7, 16 or 64 bits, masked or not', () => {
    for (const isMasked of [true, false]) {
      const sizes = [0, 1, 125, 126, 32_767, 65_535, 65_536, 140_000]
      const stream = Buffer.concat(sizes.map((bytes) => frame('x'.repeat(bytes), { isMasked })))
      const seen: FrameHeader[] = []
      const { passed } = read(stream, stream.length, (header) => {
        seen.push(header)
        return undefined
      })
      expect(seen.map(({ payloadBytes }) => payloadBytes)).toEqual(sizes)
      expect(passed).toBe(stream.length)
    }
  })

  test('reads lengths that do not fit into 32 bits', () => {
    const header = Buffer.from([0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0])
    expect(read(header, 10)).toEqual({ passed: 0, closeCode: 1009 })
  })

  test('comes to the same verdict however the stream is cut', () => {
    const stream = Buffer.concat([piece(0, 1, true), piece(300, 1, false), piece(5, 9, true), piece(200, 0, true)])
    const large = frame('x'.repeat(70_000))
    for (const size of [1, 2, 3, 5, 7, 11, 64, 1000, 80_000]) {
      expect(read(stream, size)).toEqual({ passed: stream.length, closeCode: undefined, bytesLeft: 0 })
      expect(read(large, size, () => undefined)).toMatchObject({ passed: large.length, bytesLeft: 0 })
      for (const refused of [piece(32_769, 1, true), large]) {
        expect(read(Buffer.concat([stream, refused]), size)).toEqual({ passed: stream.length, closeCode: 1009 })
      }
    }
  })

  test('knows how much of a frame is still to come', () => {
    const stream = frame('x'.repeat(1000), { isMasked: false })
    expect(read(stream.subarray(0, 500), 500)).toMatchObject({ passed: 500, bytesLeft: stream.length - 500 })
    expect(read(stream.subarray(0, 3), 3)).toMatchObject({ passed: 0, bytesLeft: 0 })
  })
})

describe("the gateway's rule", () => {
  test('lets a frame of 32,768 bytes pass and refuses one more byte with 1009', () => {
    expect(read(piece(32_768, 1, true), 9000).closeCode).toBeUndefined()
    expect(read(piece(32_769, 1, true), 9000)).toEqual({ passed: 0, closeCode: 1009 })
    expect(read(piece(140_000, 1, true), 9000)).toEqual({ passed: 0, closeCode: 1009 })
  })

  test('lets fragments make a message of 131,072 bytes and refuses the one that goes beyond', () => {
    const three = [piece(32_768, 1, false), piece(32_768, 0, false), piece(32_768, 0, false)]
    const whole = Buffer.concat([...three, piece(32_768, 0, true)])
    expect(read(whole, 9000).closeCode).toBeUndefined()

    const before = Buffer.concat([...three, piece(32_768, 0, false)])
    expect(read(Buffer.concat([before, piece(1, 0, true)]), 9000)).toEqual({ passed: before.length, closeCode: 1009 })
  })

  test('counts each message anew, and no control frame between the fragments', () => {
    const message = [piece(32_768, 1, false), piece(125, 9, true), piece(32_768, 0, false), piece(32_768, 0, true)]
    expect(read(Buffer.concat([...message, ...message, ...message]), 9000).closeCode).toBeUndefined()
    const ping = piece(100, 9, true)
    const full = [piece(32_768, 1, false), piece(32_768, 0, false), ping, piece(32_768, 0, false), ping]
    expect(read(Buffer.concat([...full, piece(32_768, 0, true)]), 9000).closeCode).toBeUndefined()
    expect(read(Buffer.concat([...full, piece(32_768, 0, false), ping, piece(1, 0, true)]), 9000).closeCode).toBe(1009)
  })
})

test('a close frame carries its code and reason', () => {
  expect(closeFrame(1009, '')).toEqual(Buffer.from([0x88, 2, 0x03, 0xf1]))
  expect(closeFrame(1001, 'bye')).toEqual(Buffer.from([0x88, 5, 0x03, 0xe9, 0x62, 0x79, 0x65]))
})
