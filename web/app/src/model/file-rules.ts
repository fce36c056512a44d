/** What the service takes, as its contract says it: the page tells before it sends. */

const megabyte = 2 ** 20
const pictureTypes = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])
const longestName = 200

type Given = Pick<File, 'size' | 'type'>

/** It can be shown in a message, and as the picture of somebody. */
export const isPicture = ({ type }: Pick<File, 'type'>): boolean => pictureTypes.has(type)

/** Why the service will not take it, by its reasons. */
export function fileFault(file: Given): 'MEDIA_REFUSED' | 'MEDIA_TOO_LARGE' | undefined {
  if (file.size === 0) return 'MEDIA_REFUSED'
  return file.size > (isPicture(file) ? 20 : 100) * megabyte ? 'MEDIA_TOO_LARGE' : undefined
}

/** A name that is one line, and shows all that it has: of a long one the end, which says what it is. */
export function plainName(name: string): string {
  const shown = name
    .toWellFormed()
    .normalize('NFC')
    .replace(/[\p{C}\u2028\u2029\ufffd]/gu, '')
  return [...shown.trim()].slice(-longestName).join('').trim() || 'file'
}
