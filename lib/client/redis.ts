/** Redis in cluster mode, as it is deployed; the local server is a cluster of one. */
import { Cluster } from 'ioredis'
import { config } from '../core/config.ts'
import * as log from '../core/log.ts'
import type { RedisCommand } from './redis-commands.ts'

/** The commands that services may use, since bundles contain no others. */
export type Redis = Pick<Cluster, RedisCommand>

// For a command, and for a connection.
const timeoutMs = 1_500

/**
 * A cluster client. Building it does no I/O; the first command connects.
 *
 * Commands of one tick share a pipeline per node, so a read over many users is one round trip.
 */
function openRedis(url: string): Cluster {
  const { hostname, port, protocol, username, password } = new URL(url)
  const client = new Cluster([{ host: hostname, port: Number(port) || 6379 }], {
    lazyConnect: true,
    enableAutoPipelining: true,
    clusterRetryStrategy: (attempt) => Math.min(50 * attempt, 500),
    slotsRefreshTimeout: timeoutMs,
    // With TLS the certificate names the host, so host names are not resolved to addresses.
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
  // Without a listener a lost connection is an uncaught error.
  client.on('error', (error) => log.warn('redis connection failed', { fault: error.message }))
  return client
}

export const redis: Redis = openRedis(config.redisUrl)
