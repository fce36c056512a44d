/** Pictures: how large they are, their small forms, and what is taken away from them. */
import { createJimp } from '@jimp/core'
import gif from '@jimp/js-gif'
import jpeg from '@jimp/js-jpeg'
import png from '@jimp/js-png'
import { methods as cover } from '@jimp/plugin-cover'
import { methods as crop } from '@jimp/plugin-crop'
import { methods as resize } from '@jimp/plugin-resize'
import { imageSize } from 'image-size'
import { Refusal } from '../../core/refusal.ts'
import type { PictureType } from './kind.ts'
import { withoutMetadata } from './metadata.ts'

const Jimp = createJimp({ formats: [jpeg, png, gif], plugins: [resize, crop, cover] })

export interface Picture {
  body: Uint8Array<ArrayBuffer>
  type: PictureType
}

// A browser has to draw it.
const mostPixels = 100_000_000
// Each takes four bytes while a small form is drawn, twice; a dozen million take two seconds.
const mostDrawnPixels = 16_000_000
const avatarSide = 256
// Not drawn anew: it is shown as it is.
const mostWebpPixels = 1_000_000
const thumbnailSide = 480

/**
 * The picture without anything that does not show, and its small form: of JPEG and PNG, unless they have very many pixels.
 *
 * @throws Refusal MEDIA_REFUSED - it is broken. @throws Refusal MEDIA_TOO_LARGE - it has too many pixels.
 */
export async function clean(bytes: Buffer, type: PictureType): Promise<{ whole: Picture; small?: Picture }> {
  const { pixels, orientation } = measured(bytes)
  // A GIF holds no more than its frames and comments.
  const body = type === 'image/gif' ? bytes : attempt(() => withoutMetadata(bytes, type, orientation))
  const whole = { body: exact(body), type }
  if ((type !== 'image/jpeg' && type !== 'image/png') || pixels > mostDrawnPixels) return { whole }
  return await drawn(async () => {
    const image = await Jimp.read(body)
    if (Math.max(image.bitmap.width, image.bitmap.height) > thumbnailSide)
      image.scaleToFit({ w: thumbnailSide, h: thumbnailSide })
    return { whole, small: { body: exact(await image.getBuffer(type, optionsOf(type))), type } }
  })
}

/** A square picture of somebody or a group. @throws Refusal MEDIA_REFUSED, MEDIA_TOO_LARGE */
export async function squared(bytes: Buffer, type: PictureType): Promise<Picture> {
  const { pixels } = measured(bytes)
  if (pixels > (type === 'image/webp' ? mostWebpPixels : mostDrawnPixels)) throw new Refusal('MEDIA_TOO_LARGE')
  if (type === 'image/webp') return { body: exact(attempt(() => withoutMetadata(bytes, type))), type }
  return await drawn(async () => {
    const image = await Jimp.read(bytes)
    image.cover({ w: avatarSide, h: avatarSide })
    const made = type === 'image/jpeg' ? 'image/jpeg' : 'image/png'
    return { body: exact(await image.getBuffer(made, optionsOf(made))), type: made }
  })
}

const optionsOf = (type: 'image/jpeg' | 'image/png') => (type === 'image/jpeg' ? { quality: 85 } : {}) as never

function measured(bytes: Buffer): { pixels: number; orientation: number } {
  const { width, height, orientation = 1 } = attempt(() => imageSize(bytes))
  if (!(width > 0 && height > 0)) throw new Refusal('MEDIA_REFUSED')
  if (width * height > mostPixels) throw new Refusal('MEDIA_TOO_LARGE')
  return { pixels: width * height, orientation: orientation >= 1 && orientation <= 8 ? orientation : 1 }
}

const exact = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

function attempt<T>(work: () => T): T {
  try {
    return work()
  } catch {
    throw new Refusal('MEDIA_REFUSED')
  }
}

async function drawn<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch {
    throw new Refusal('MEDIA_REFUSED')
  }
}
