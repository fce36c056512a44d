/** What a message of an image or a recording points to. */
import { webAddress } from './links.ts'

const movie = /\.(mp4|m4v|webm|mov|ogv)$/i
const sound = /\.(mp3|m4a|aac|ogg|oga|opus|wav|flac|weba)$/i
// Parsers of addresses pass over some of these, and read others as a slash.
const never = /[\s\p{Cc}\p{Cf}\\]/u

/** The address that may be loaded: of http or https, or a path of this site, which begins with one slash. */
export function mediaAddress(content: string, site: string): string | undefined {
  const text = content.trim()
  if (never.test(text) || !/^(https?:\/\/|\/(?!\/))/i.test(text)) return undefined
  return webAddress(text, site)?.href
}

/** By the ending of its path; undefined when it can only be opened elsewhere. */
export function playerFor(href: string): 'video' | 'audio' | undefined {
  const { pathname } = new URL(href)
  if (movie.test(pathname)) return 'video'
  return sound.test(pathname) ? 'audio' : undefined
}
