/** Pictures that tell more than they show. */
import { crc32 } from 'node:zlib'
import { createJimp } from '@jimp/core'
import jpeg from '@jimp/js-jpeg'
import png from '@jimp/js-png'

const Jimp = createJimp({ formats: [jpeg, png], plugins: [] })
/** What nobody else should learn. */
export const place = 'GPS 48.8584 2.2945'

/** A picture that says nothing of where it comes from. */
export async function drawn(type: 'image/jpeg' | 'image/png', width = 60, height = 40): Promise<Buffer> {
  const image = new Jimp({ width, height, color: 0xff0000ff })
  for (let at = 0; at < image.bitmap.data.length; at += 4) image.bitmap.data[at + 1] = at % 200
  return (await image.getBuffer(type)) as Buffer
}

/** An Exif segment of a JPEG with an orientation, and a place behind it. */
export function exif(orientation: number): Buffer {
  const body = Buffer.concat([
    Buffer.from('Exif\0\0MM\0\x2a\0\0\0\x08\0\x01', 'latin1'),
    Buffer.from('0112000300000001', 'hex'),
    Buffer.from([0, orientation, 0, 0]),
    Buffer.from([0, 0, 0, 0]),
    Buffer.from(place),
  ])
  return segment(0xe1, body)
}

export function segment(marker: number, body: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(body.length + 2, 2)
  return Buffer.concat([head, body])
}

/** A JPEG with more at its beginning. */
export const withSegments = (picture: Buffer, ...segments: Buffer[]): Buffer =>
  Buffer.concat([picture.subarray(0, 2), ...segments, picture.subarray(2)])

/** A part of a PNG. */
export function chunk(name: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name), body])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(body.length)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, sum])
}
