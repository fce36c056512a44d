import { expect, test } from 'vitest'
import { messageSizes } from '../../infra/local/edge/message-size.ts'
import { frame } from './edge-viewer.ts'

const piece = (bytes: number, opcode: number, isFinal: boolean) => frame('x'.repeat(bytes), { opcode, isFinal })

/** What is known once the stream has come in chunks of that size. */
function read(stream: Buffer, size: number): number[] {
  const sizes = messageSizes()
  for (let at = 0; at < stream.length; at += size) sizes.read(stream.subarray(at, at + size))
  const seen: number[] = []
  for (let next = sizes.next(); next > 0; next = sizes.next()) seen.push(next)
  return seen
}

test('each message counts by its largest frame, however lengths are written and the stream is cut', () => {
  const lengths = [1, 125, 126, 32_767, 65_535, 65_536, 140_000]
  const fragments = [piece(5, 1, false), piece(125, 9, true), piece(300, 0, false), piece(0, 0, true)]
  const stream = Buffer.concat([...lengths.map((bytes) => piece(bytes, 1, true)), ...fragments, piece(7, 2, true)])
  for (const size of [1, 2, 3, 5, 7, 11, 64, 1000, 80_000, stream.length]) {
    expect(read(stream, size)).toEqual([...lengths, 300, 7])
  }
})

test('a length that does not fit into 32 bits is known from the header', () => {
  expect(read(Buffer.from([0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0]), 10)).toEqual([2 ** 32])
})
