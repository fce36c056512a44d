/**
 * Pictures without what they say besides their pixels, such as where and by whom they were taken. Nothing is drawn anew: which way is
 * up, colours and animations stay.
 *
 * Sources: ITU-T T.81 (JPEG) and Exif 2.32; PNG (Third Edition), 5.3; the WebP container specification.
 */

/** @throws RangeError or Error when the file is broken. */
export function withoutMetadata(
  bytes: Buffer,
  type: 'image/jpeg' | 'image/png' | 'image/webp',
  orientation = 1,
): Buffer {
  if (type === 'image/jpeg') return ofJpeg(bytes, orientation)
  return type === 'image/png' ? ofPng(bytes) : ofWebp(bytes)
}

// Of applications: JFIF, colour profiles, and how Adobe's encoder has turned colours.
const keptApplications = new Set([0xe0, 0xe2, 0xee])

/** Segments are a marker of two bytes and a length, which counts itself; the pixels follow the start of scan. */
function ofJpeg(jpeg: Buffer, orientation: number): Buffer {
  const kept = [jpeg.subarray(0, 2), ...(orientation > 1 ? [orientationSegment(orientation)] : [])]
  for (let at = 2; ; ) {
    if (jpeg.readUInt8(at) !== 0xff) throw new Error('no marker')
    const marker = jpeg.readUInt8(at + 1)
    // Markers may have more of them in front.
    if (marker === 0xff) {
      at += 1
      continue
    }
    if (marker === 0xda) return Buffer.concat([...kept, jpeg.subarray(at, endOfJpeg(jpeg))])
    const end = at + 2 + jpeg.readUInt16BE(at + 2)
    const isApplication = marker >= 0xe0 && marker <= 0xef
    const isComment = marker === 0xfe
    if (!isComment && (!isApplication || keptApplications.has(marker))) kept.push(jpeg.subarray(at, end))
    at = end
  }
}

// What follows the end of the picture, as some cameras put there, is left out.
function endOfJpeg(jpeg: Buffer): number {
  const end = jpeg.lastIndexOf(Buffer.from([0xff, 0xd9]))
  return end < 0 ? jpeg.length : end + 2
}

/** An Exif segment with a single entry: a directory of one row, in big-endian order. */
function orientationSegment(orientation: number): Buffer {
  const exif = Buffer.from(
    'ffe10022457869660000' + '4d4d002a00000008' + '0001' + '011200030000000100000000' + '00000000',
    'hex',
  )
  exif.writeUInt16BE(orientation, 28)
  return exif
}

const keptPngChunks = new Set(
  'IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP bKGD pHYs acTL fcTL fdAT'.split(' '),
)

/** Chunks are a length, a name of four letters, as many bytes, and a checksum. */
function ofPng(png: Buffer): Buffer {
  const kept = [png.subarray(0, 8)]
  for (let at = 8; ; ) {
    const end = at + 12 + png.readUInt32BE(at)
    const name = png.toString('latin1', at + 4, at + 8)
    if (end > png.length) throw new RangeError('cut off')
    if (keptPngChunks.has(name)) kept.push(png.subarray(at, end))
    if (name === 'IEND') return Buffer.concat(kept)
    at = end
  }
}

const keptWebpChunks = new Set(['VP8X', 'VP8 ', 'VP8L', 'ANIM', 'ANMF', 'ALPH', 'ICCP'])
// Flags of the extended header: there is Exif, there is XMP.
const webpMetadata = 0b0000_1100

/** Chunks are a name of four letters, a length, and as many bytes, padded to an even number. */
function ofWebp(webp: Buffer): Buffer {
  const kept = [Buffer.from(webp.subarray(0, 12))]
  for (let at = 12; at + 8 <= webp.length; ) {
    const length = webp.readUInt32LE(at + 4)
    const end = at + 8 + length + (length % 2)
    const name = webp.toString('latin1', at, at + 4)
    const chunk = Buffer.from(webp.subarray(at, end))
    if (at + 8 + length > webp.length) throw new RangeError('cut off')
    if (name === 'VP8X') chunk.writeUInt8(chunk.readUInt8(8) & ~webpMetadata, 8)
    if (keptWebpChunks.has(name)) kept.push(chunk)
    at = end
  }
  const whole = Buffer.concat(kept)
  whole.writeUInt32LE(whole.length - 8, 4)
  return whole
}
