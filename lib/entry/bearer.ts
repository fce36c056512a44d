/** The token that a request brings, over HTTP and at the upgrade of a socket alike. */
import { parseCookie } from 'cookie'
import { config } from '../core/config.ts'

/** Where a token may stand in a request. */
export interface Bringing {
  /** By name in lower case. */
  header(name: 'authorization' | 'origin'): string | undefined
  /** Of the query string. */
  token: string | undefined
  /** The cookie header. */
  cookies: string | undefined
}

/**
 * The token of a request: from the header `Authorization: Bearer …`, else the query, else the cookie `token`.
 *
 * A header of another scheme is somebody else's, such as a proxy's. A cookie is sent by browsers on behalf of any page, so
 * it counts only from the configured origins, and from requests that name none (same-origin reads, and clients that are no
 * browsers).
 */
export function bearerOf({ header, token, cookies }: Bringing): string | undefined {
  const bearer = header('authorization')?.match(/^\s*Bearer\s+(\S.*)$/is)?.[1]
  if (bearer) return bearer.trim()
  if (token) return token
  const origin = header('origin')
  if (origin && !config.cookieOrigins.includes(origin)) return undefined
  return parseCookie(cookies ?? '').token || undefined
}
