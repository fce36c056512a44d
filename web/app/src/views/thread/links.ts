/** Which parts of a text lead somewhere: addresses of http and https alone. */
import { shownHost } from './host-names.ts'

export interface Link {
  href: string
  /** As it was written, but for a host that could be taken for another one. */
  text: string
}

// What no address contains, and what ends one in Chinese and other texts that put no space behind it.
const inAddress = String.raw`[^\s\p{Cc}\p{Cf}\p{Z}<>"\x60\\\u2010-\u205e\u3000-\u3004\u3008-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]`
const address = new RegExp(String.raw`(?<![a-z0-9])https?:\/\/(?![/?#])${inAddress}+`, 'giu')
const endsSentence = /[.,:;!?'*]|[^\P{P}\p{ASCII}]/u
const pairs: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }
const wide = String.raw`[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}]`
const wideAfterDomain = new RegExp(`(?<=[a-z0-9])${wide}`, 'iu')

/** Texts and links in turn. */
export function linked(text: string): (string | Link)[] {
  const parts: (string | Link)[] = []
  let from = 0
  address.lastIndex = 0
  for (let found = address.exec(text); found; found = address.exec(text)) {
    const raw = withoutEnd(withoutProse(found[0]))
    const url = webAddress(raw)
    if (!url) continue
    if (found.index > from) parts.push(text.slice(from, found.index))
    parts.push({ href: url.href, text: shown(raw, url) })
    from = found.index + raw.length
    address.lastIndex = from
  }
  if (from < text.length) parts.push(text.slice(from))
  return parts
}

/** An address of http or https, which names no user: `https://bank.com@evil.com` leads to the second one. */
export function webAddress(text: string, base?: string): URL | undefined {
  if (authorityOf(text).includes('@') || !URL.canParse(text, base)) return undefined
  const url = new URL(text, base)
  return (url.protocol === 'https:' || url.protocol === 'http:') && !url.username && !url.password ? url : undefined
}

const authorityOf = (raw: string): string => /^https?:\/\/([^/?#]*)/i.exec(raw)?.[1] ?? ''

/** In `https://example.com很好` the prose begins after the domain: none ends in letters of both kinds. */
function withoutProse(raw: string): string {
  const start = raw.indexOf('//') + 2
  const authority = authorityOf(raw)
  const lastLabel = start + authority.lastIndexOf('.') + 1
  const end = raw.slice(lastLabel, start + authority.length).search(wideAfterDomain)
  return end < 0 ? raw : raw.slice(0, lastLabel + end)
}

/** Without what belongs to the sentence around it: its last stop, and the bracket that was opened before it. */
function withoutEnd(raw: string): string {
  const count: Record<string, number> = {}
  for (const sign of raw) count[sign] = (count[sign] ?? 0) + 1
  let end = raw.length
  for (; end > 0; end--) {
    const sign = raw.charAt(end - 1)
    const opening = pairs[sign]
    const isUnpaired = opening ? (count[sign] ?? 0) > (count[opening] ?? 0) : Object.values(pairs).includes(sign)
    if (!isUnpaired && !endsSentence.test(sign)) break
    count[sign] = (count[sign] ?? 0) - 1
  }
  return raw.slice(0, end)
}

function shown(raw: string, url: URL): string {
  const written = authorityOf(raw).replace(/:\d*$/, '')
  return raw.replace(written, () => shownHost(written, url.hostname))
}
