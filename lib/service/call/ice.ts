/** ICE servers: STUN for all, and TURN with credentials that expire. */
import { createHmac } from 'node:crypto'
import { type Config, config } from '../../core/config.ts'
import type { IceServers } from '../../wire/call.ts'

/**
 * The servers that are configured. Credentials follow coturn's REST convention (`use-auth-secret`): the name holds the time in
 * seconds until which it counts, and the password is its HMAC-SHA1 by the shared secret, in base64.
 */
export function iceServers(userId: number, now: number, ice: Config['ice'] = config.ice): IceServers {
  const { stunUrls, turnUrls, turnSecret, turnTtlSeconds } = ice
  const stun = stunUrls.length > 0 ? [{ urls: [...stunUrls] }] : []
  if (turnUrls.length === 0) return { ice_servers: stun, expires_in: 0 }
  const username = `${Math.floor(now / 1000) + turnTtlSeconds}:${userId}`
  const credential = createHmac('sha1', turnSecret).update(username).digest('base64')
  return { ice_servers: [...stun, { urls: [...turnUrls], username, credential }], expires_in: turnTtlSeconds }
}
