/** Pictures: made anew from their pixels, so that nothing else of a file is left, such as where it was taken. */
import { createJimp } from '@jimp/core'
import gif from '@jimp/js-gif'
import jpeg from '@jimp/js-jpeg'
import png from '@jimp/js-png'
import { methods as cover } from '@jimp/plugin-cover'
import { methods as crop } from '@jimp/plugin-crop'
import { methods as resize } from '@jimp/plugin-resize'
import { imageSize } from 'image-size'
import { Refusal } from '../../core/refusal.ts'

const Jimp = createJimp({ formats: [jpeg, png, gif], plugins: [resize, crop, cover] })

/** Types that are pictures here. Any other file is passed on as it is, to be saved. */
export const pictureTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const
export type PictureType = (typeof pictureTypes)[number]

export interface Picture {
  body: Uint8Array<ArrayBuffer>
  type: PictureType
}

export const pictureMaxBytes = 20 * 2 ** 20
// The pixels of a picture take four bytes each, some of them twice.
const mostPixels = 40_000_000
const avatarSide = 256
const thumbnailSide = 480

/**
 * The picture without anything that does not show, and its small form, if its type has one.
 *
 * @throws Refusal MEDIA_REFUSED - it is broken. @throws Refusal MEDIA_TOO_LARGE - it has too many pixels.
 */
export async function clean(bytes: Buffer, type: PictureType): Promise<{ whole: Picture; small?: Picture }> {
  checkSize(bytes)
  // Animations: a GIF holds no more than its frames and comments, of a WebP the parts that are no picture are left out.
  if (type === 'image/gif') return { whole: { body: exact(bytes), type } }
  if (type === 'image/webp') return { whole: { body: withoutMetadata(bytes), type } }
  return await decoded(async () => {
    const image = await Jimp.read(bytes)
    const whole = { body: exact(await image.getBuffer(type, optionsOf(type))), type }
    if (Math.max(image.bitmap.width, image.bitmap.height) > thumbnailSide)
      image.scaleToFit({ w: thumbnailSide, h: thumbnailSide })
    return { whole, small: { body: exact(await image.getBuffer(type, optionsOf(type))), type } }
  })
}

/** A square picture of somebody or a group. @throws Refusal MEDIA_REFUSED, MEDIA_TOO_LARGE */
export async function squared(bytes: Buffer, type: PictureType): Promise<Picture> {
  checkSize(bytes)
  if (type === 'image/webp') return { body: withoutMetadata(bytes), type }
  return await decoded(async () => {
    const image = await Jimp.read(bytes)
    image.cover({ w: avatarSide, h: avatarSide })
    const drawn = type === 'image/jpeg' ? 'image/jpeg' : 'image/png'
    return { body: exact(await image.getBuffer(drawn, optionsOf(drawn))), type: drawn }
  })
}

const optionsOf = (type: 'image/jpeg' | 'image/png') => (type === 'image/jpeg' ? { quality: 85 } : {}) as never

function checkSize(bytes: Buffer): void {
  const { width, height } = attempt(() => imageSize(bytes))
  if (!(width > 0 && height > 0)) throw new Refusal('MEDIA_REFUSED')
  if (width * height > mostPixels) throw new Refusal('MEDIA_TOO_LARGE')
}

// Chunks are an id of four letters, a length and as many bytes, padded to an even number.
function withoutMetadata(webp: Buffer): Uint8Array<ArrayBuffer> {
  const kept = [webp.subarray(0, 12)]
  for (let at = 12; at + 8 <= webp.length; ) {
    const end = at + 8 + webp.readUInt32LE(at + 4)
    const name = webp.toString('latin1', at, at + 4)
    const chunk = Buffer.from(webp.subarray(at, end + (end % 2)))
    // What the file says of its own parts: EXIF and XMP.
    if (name === 'VP8X' && chunk.length > 8) chunk[8] = (chunk[8] ?? 0) & ~0b1100
    if (['VP8X', 'VP8 ', 'VP8L', 'ANIM', 'ANMF', 'ALPH', 'ICCP'].includes(name)) kept.push(chunk)
    at = end + (end % 2)
  }
  const body = exact(Buffer.concat(kept))
  Buffer.from(body.buffer).writeUInt32LE(body.length - 8, 4)
  return body
}

const exact = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch {
    throw new Refusal('MEDIA_REFUSED')
  }
}

async function decoded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch {
    throw new Refusal('MEDIA_REFUSED')
  }
}
