/** Pictures of users: what is left of them, and what is refused. */

import { imageSize } from 'image-size'
import { describe, expect, it } from 'vitest'
import { clean, squared } from '../../lib/service/media/picture.ts'
import { chunk, drawn, exif, place, segment, withSegments } from '../support/picture.ts'

describe('a JPEG', () => {
  it('loses place, comments and what hangs on its end, and keeps its pixels as they are', async () => {
    const original = await drawn('image/jpeg')
    const comment = segment(0xfe, Buffer.from(place))
    const xmp = segment(0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0${place}`))
    const told = Buffer.concat([withSegments(original, exif(1), xmp, comment), Buffer.from(`PK ${place}`)])
    const { whole } = await clean(told, 'image/jpeg')
    expect(Buffer.from(whole.body)).toEqual(original)
  })

  it.each([3, 6, 8])('stays the right way up (orientation %i)', async (orientation) => {
    const original = await drawn('image/jpeg')
    const { whole, small } = await clean(withSegments(original, exif(orientation)), 'image/jpeg')
    expect(imageSize(whole.body).orientation).toBe(orientation)
    expect(Buffer.from(whole.body).includes(place)).toBe(false)
    const turned = orientation === 3 ? { width: 60, height: 40 } : { width: 40, height: 60 }
    expect(imageSize(small?.body ?? new Uint8Array())).toMatchObject(turned)
  })

  it('has a small form of at most 480 pixels', async () => {
    const { small } = await clean(await drawn('image/jpeg', 1_200, 600), 'image/jpeg')
    expect(imageSize(small?.body ?? new Uint8Array())).toMatchObject({ width: 480, height: 240 })
  })
})

describe('a PNG', () => {
  it('loses texts and what hangs on its end, and keeps its pixels as they are', async () => {
    const original = await drawn('image/png')
    const text = chunk('tEXt', Buffer.from(`Comment\0${place}`))
    const told = Buffer.concat([
      original.subarray(0, 33),
      text,
      chunk('eXIf', Buffer.from(place)),
      original.subarray(33),
    ])
    const { whole } = await clean(Buffer.concat([told, Buffer.from(`<script>${place}`)]), 'image/png')
    expect(Buffer.from(whole.body)).toEqual(original)
  })
})

describe('a WebP', () => {
  const part = (name: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(8)
    head.write(name, 0, 'latin1')
    head.writeUInt32LE(body.length, 4)
    return Buffer.concat([head, body, Buffer.alloc(body.length % 2)])
  }
  const whole = (...parts: Buffer[]): Buffer => {
    const body = Buffer.concat([Buffer.from('WEBP'), ...parts])
    return part('RIFF', body)
  }
  // 10 by 10, with flags of Exif and XMP.
  const extended = Buffer.from([0b1100, 0, 0, 0, 9, 0, 0, 9, 0, 0])
  const pixels = part('VP8L', Buffer.from('2f09c0020000', 'hex'))

  it('loses Exif and XMP, and says so', async () => {
    const told = whole(
      part('VP8X', extended),
      pixels,
      part('EXIF', Buffer.from(place)),
      part('XMP ', Buffer.from(place)),
    )
    const plain = Buffer.from(extended)
    plain[0] = 0
    const { whole: cleaned } = await clean(told, 'image/webp')
    expect(Buffer.from(cleaned.body)).toEqual(whole(part('VP8X', plain), pixels))
  })
})

describe('a picture', () => {
  it.each(['image/jpeg', 'image/png'] as const)('of somebody is a square of 256 pixels (%s)', async (type) => {
    const { body } = await squared(await drawn(type, 300, 700), type)
    expect(imageSize(body)).toMatchObject({ width: 256, height: 256 })
  })

  it('that says to be huge is refused before it is drawn', async () => {
    const bomb = await drawn('image/png')
    bomb.writeUInt32BE(50_000, 16)
    bomb.writeUInt32BE(50_000, 20)
    await expect(clean(bomb, 'image/png')).rejects.toMatchObject({ reason: 'MEDIA_TOO_LARGE' })
    await expect(squared(bomb, 'image/png')).rejects.toMatchObject({ reason: 'MEDIA_TOO_LARGE' })
  })

  it.each(['image/jpeg', 'image/png'] as const)('that is cut off is refused (%s)', async (type) => {
    const bytes = await drawn(type)
    for (const part of [4, 20, bytes.length - 30])
      await expect(clean(bytes.subarray(0, part), type), String(part)).rejects.toMatchObject({
        reason: 'MEDIA_REFUSED',
      })
  })

  it('that is another thing is refused', async () => {
    for (const text of ['', 'no picture', '<svg xmlns="http://www.w3.org/2000/svg"/>'])
      await expect(clean(Buffer.from(text), 'image/png')).rejects.toMatchObject({ reason: 'MEDIA_REFUSED' })
  })
})
