/** Finds the token of a request: the same rule for HTTP and for the upgrade to a WebSocket. */
import { parseCookie } from 'cookie'
import { config } from '../core/config.ts'
import * as log from '../core/log.ts'
import { Refusal } from '../core/refusal.ts'
import type { SecurityEvent } from './middleware/trail.ts'

/** The places in a request that may hold a token, and what decides whether cookies count. */
export interface TokenSources {
  door: 'http' | 'socket'
  /** A header by its lower-case name. */
  header(name: 'authorization' | 'origin' | 'sec-fetch-site' | 'content-type'): string | undefined
  /** The query parameter `token`. */
  token: string | undefined
  /** The cookie header. */
  cookies: string | undefined
  hasBody?: boolean
}

/**
 * Returns the token of a request: from the header `Authorization: Bearer …`, else the query, where it may stand there, else the
 * cookie `token`.
 *
 * A header with another scheme is ignored, since it may be meant for a proxy, and so is one without a token. Browsers send
 * cookies on behalf of any page, so a cookie counts only from pages of a configured origin and from clients that are not
 * browsers, and with no body but JSON, which no form can send.
 *
 * @throws Refusal INVALID_INPUT - a cookie counts, and comes with what is not JSON.
 */
export function bearerOf(sources: TokenSources): string | undefined {
  const bearer = sources.header('authorization')?.match(/^\s*Bearer\s+(\S.*)$/is)?.[1]
  if (bearer) return bearer.trim()
  if (sources.token && isReadFrom(sources.door)) return sources.token
  return cookieOf(sources)
}

const isReadFrom = (door: TokenSources['door']): boolean =>
  config.queryToken === 'all' || (config.queryToken === 'socket' && door === 'socket')

function cookieOf({ header, cookies, hasBody }: TokenSources): string | undefined {
  const cookie = parseCookie(cookies ?? '').token
  if (!cookie) return undefined
  const [origin, site, type] = [header('origin'), header('sec-fetch-site'), header('content-type')]
  if (!isFromOwnPage(origin, site)) {
    const event: SecurityEvent = 'malicious_cors'
    log.info('security', { event, origin: origin?.slice(0, 200), site: site?.slice(0, 20) })
    return undefined
  }
  if ((hasBody || type !== undefined) && !/^\s*application\/json\s*(;|$)/i.test(type ?? ''))
    throw new Refusal('INVALID_INPUT', {
      field: 'content-type: must be application/json where a cookie says who calls',
    })
  return cookie
}

/**
 * Whether a request comes from a page of a configured origin, or from no page. Browsers name no origin when they only read; then
 * Fetch Metadata says whether the page is the service's own. https://www.w3.org/TR/fetch-metadata/
 */
const isFromOwnPage = (origin: string | undefined, site: string | undefined): boolean =>
  origin === undefined ? [undefined, 'same-origin', 'none'].includes(site) : config.cookieOrigins.includes(origin)
