/** The target of a request (RFC 9112, section 3.2). */
import type { IncomingMessage } from 'node:http'

/** The scheme and host of a target in absolute form; they are ignored. */
const authority = /^https?:\/\/[^/?#]*(?=\/)/i

/** The path and the query as they were sent. */
export function targetOf({ url = '/' }: IncomingMessage): { path: string; query: string } {
  const target = url.replace(authority, '')
  const at = target.indexOf('?')
  return at === -1 ? { path: target, query: '' } : { path: target.slice(0, at), query: target.slice(at + 1) }
}

/**
 * The parameters of a query, decoded, in their order. A name or value that does not decode to UTF-8 stays as it was sent.
 */
export function parametersOf(query: string): [string, string][] {
  const pairs = query.split('&').filter((pair) => pair !== '')
  return pairs.map((pair) => {
    const at = pair.indexOf('=')
    return at === -1 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))]
  })
}

/** All values of each name. */
export function grouped(pairs: [string, string][]): Record<string, string[]> {
  const groups = Map.groupBy(pairs, ([name]) => name)
  return Object.fromEntries([...groups].map(([name, all]) => [name, all.map(([, value]) => value)]))
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
