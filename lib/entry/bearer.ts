/** Finds the token of a request: the same rule for HTTP and for the upgrade to a WebSocket. */
import { parseCookie } from 'cookie'
import { config } from '../core/config.ts'
import * as log from '../core/log.ts'
import type { SecurityEvent } from './middleware/trail.ts'

/** The places in a request that may hold a token, and the origin that decides whether cookies count. */
export interface TokenSources {
  /** A header by its lower-case name. */
  header(name: 'authorization' | 'origin'): string | undefined
  /** The query parameter `token`. */
  token: string | undefined
  /** The cookie header. */
  cookies: string | undefined
}

/**
 * Returns the token of a request: from the header `Authorization: Bearer …`, else the query, else the cookie `token`.
 *
 * A header with another scheme is ignored, since it may be meant for a proxy. Browsers send cookies on behalf of any page,
 * so a cookie counts only if the request has a configured origin or none (same-origin reads, and clients that are not
 * browsers).
 */
export function bearerOf({ header, token, cookies }: TokenSources): string | undefined {
  const bearer = header('authorization')?.match(/^\s*Bearer\s+(\S.*)$/is)?.[1]
  if (bearer) return bearer.trim()
  if (token) return token
  const cookie = parseCookie(cookies ?? '').token || undefined
  const origin = header('origin')
  if (!cookie || !origin || config.cookieOrigins.includes(origin)) return cookie
  const event: SecurityEvent = 'malicious_cors'
  log.info('security', { event, origin: origin.slice(0, 200) })
  return undefined
}
