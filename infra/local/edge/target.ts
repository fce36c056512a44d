/** What a request asks for (RFC 9112, section 3.2). */
import type { IncomingMessage } from 'node:http'

/** The scheme and host of a target in absolute form, which says no more than one without. */
const authority = /^https?:\/\/[^/?#]*(?=\/)/i

/** The path and the query as they were sent. */
export function targetOf({ url = '/' }: IncomingMessage): { path: string; query: string } {
  const target = url.replace(authority, '')
  const at = target.indexOf('?')
  return at === -1 ? { path: target, query: '' } : { path: target.slice(0, at), query: target.slice(at + 1) }
}

/**
 * The parameters of a query, decoded; those of one name joined by commas. A name or value that does not decode to UTF-8
 * stays as it was sent: nothing is replaced by what nobody wrote.
 */
export function parametersOf(query: string): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const pair of query.split('&')) {
    if (pair === '') continue
    const at = pair.indexOf('=')
    const name = decode(at === -1 ? pair : pair.slice(0, at))
    const value = at === -1 ? '' : decode(pair.slice(at + 1))
    const before = parameters.get(name)
    parameters.set(name, before === undefined ? value : `${before},${value}`)
  }
  return parameters
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
