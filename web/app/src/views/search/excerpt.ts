/** What a result shows of a message. */

export interface Part {
  text: string
  /** It is what was looked for. */
  isHit: boolean
}

/** What is shown before the first hit, and in all. */
const before = 30
const longest = 160

/** A message around the first place that holds the text, on one line. Where the service and this page differ, nothing is marked. */
export function excerptOf(content: string, wanted: string): Part[] {
  const line = content.replace(/\s+/g, ' ').trim()
  const pattern = new RegExp(wanted.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replace(/\s+/g, '\\s'), 'giu')
  const start = startOf(line, line.search(pattern))
  const shown = [...line.slice(start)].slice(0, longest).join('')
  const parts: Part[] = []
  let at = 0
  for (const { index, 0: hit } of shown.matchAll(pattern)) {
    parts.push({ text: shown.slice(at, index), isHit: false }, { text: hit, isHit: true })
    at = index + hit.length
  }
  parts.push({ text: shown.slice(at), isHit: false })
  const isCut = start + shown.length < line.length
  return [part(start > 0 ? '…' : ''), ...parts, part(isCut ? '…' : '')].filter(({ text }) => text !== '')
}

const part = (text: string): Part => ({ text, isHit: false })

/** Whole words, if one begins soon. */
function startOf(line: string, hit: number): number {
  if (hit <= before) return 0
  const space = line.indexOf(' ', hit - before)
  if (space >= 0 && space < hit) return space + 1
  // Not within a character of two halves.
  const start = hit - before
  return /[\udc00-\udfff]/.test(line[start] ?? '') ? start - 1 : start
}
