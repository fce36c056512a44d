/** How long a message may be: 16 KiB of UTF-8, by the wire contract. */
const limit = 16 * 1024
const shownFrom = 0.9 * limit

const encoder = new TextEncoder()

const inKiB = (bytes: number): string => (bytes / 1024).toFixed(1)

/** What is used, once it is nearly all there is. A long one is counted up, so that what is too long never seems to fit. */
export function sizeOf(content: string) {
  const bytes = encoder.encode(content).length
  const isTooLong = bytes > limit
  const used = isTooLong ? inKiB(Math.max(bytes, limit + 103)) : inKiB(bytes)
  return { isTooLong, isShown: bytes > shownFrom, used, limit: inKiB(limit) }
}
