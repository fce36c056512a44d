/** Redis in cluster mode: deployed it knows no other, so the local server runs as a cluster of one. */
import { Cluster } from 'ioredis'
import { config } from '../core/config.ts'
import * as log from '../core/log.ts'
import type { RedisCommand } from './redis-commands.ts'

/** What services ask of it: the commands that bundles have. */
export type Redis = Pick<Cluster, RedisCommand>

/** How long a command may take. */
const timeoutMs = 1_500

/**
 * A cluster client. Building it does no I/O; the first command connects.
 *
 * Commands issued in the same tick travel as one pipeline per node: a read over many users is one round trip.
 */
function openRedis(url: string): Cluster {
  const { hostname, port, protocol, username, password } = new URL(url)
  const client = new Cluster([{ host: hostname, port: Number(port) || 6379 }], {
    lazyConnect: true,
    enableAutoPipelining: true,
    clusterRetryStrategy: (attempt) => Math.min(50 * attempt, 500),
    slotsRefreshTimeout: timeoutMs,
    // A TLS endpoint's certificate names the host, not the addresses behind it.
    ...(protocol === 'rediss:' && { dnsLookup: (address, callback) => callback(null, address) }),
    redisOptions: {
      connectTimeout: timeoutMs,
      commandTimeout: timeoutMs,
      maxRetriesPerRequest: 1,
      ...(username && { username }),
      ...(password && { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' && { tls: {} }),
    },
  })
  // Without a listener, a lost connection would be an uncaught error.
  client.on('error', (error) => log.warn('redis connection failed', { fault: error.message }))
  return client
}

export const redis: Redis = openRedis(config.redisUrl)
