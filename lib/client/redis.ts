/** Redis in cluster mode, as it is deployed; the local server is a cluster of one. */
import { Cluster, type Redis as IoRedis } from 'ioredis'
import { config } from '../core/config.ts'
import * as log from '../core/log.ts'
import { cacheToken } from './presign.ts'
import type { RedisCommand } from './redis-commands.ts'

/** The commands that services may use, since bundles contain no others. */
export type Redis = Pick<Cluster, RedisCommand>

// For a command, and for a connection.
const timeoutMs = 1_500
// Networks forget connections without a word, for example while the function was frozen. Without this limit each command would
// wait in vain until TCP gives up.
const silentMs = 750

/**
 * A cluster client. Building it does no I/O; the first command connects.
 *
 * Commands of one tick share a pipeline per node, so a read over many users is one round trip.
 *
 * A connection that is silent for 750 ms while commands wait is closed, and they are sent once more on a new one: each must do
 * no harm when it is executed twice.
 *
 * `rediss:` is TLS. With `?auth=iam&cache=NAME` the password is a token of ElastiCache, made at each connect.
 */
export function openRedis(url: string): Cluster {
  const { hostname, port, protocol, username, password, searchParams } = new URL(url)
  const cache = searchParams.get('auth') === 'iam' ? (searchParams.get('cache') ?? '') : undefined
  const client = new Cluster([{ host: hostname, port: Number(port) || 6379 }], {
    lazyConnect: true,
    enableAutoPipelining: true,
    clusterRetryStrategy: (attempt) => Math.min(50 * attempt, 500),
    // A lost node is called again once, and then given up, so that another may take its place.
    clusterNodeRetryStrategy: (attempt) => (attempt === 1 ? 0 : null),
    slotsRefreshTimeout: timeoutMs,
    // With TLS the certificate names the host, so host names are not resolved to addresses.
    ...(protocol === 'rediss:' && { dnsLookup: (address, callback) => callback(null, address) }),
    redisOptions: {
      connectTimeout: timeoutMs,
      commandTimeout: timeoutMs,
      socketTimeout: silentMs,
      maxRetriesPerRequest: 1,
      ...(username && { username: decodeURIComponent(username) }),
      ...(password && { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' && { tls: {} }),
    },
  })
  if (cache !== undefined) {
    // The cluster copies its options once, and a token lasts 15 minutes: each connection reads it when it connects.
    client.on('+node', ({ options }: IoRedis) => {
      Object.defineProperty(options, 'password', {
        get: () => cacheToken(cache, decodeURIComponent(username)),
        enumerable: true,
      })
    })
  }
  // Without a listener a lost connection is an uncaught error.
  const warn = (error: Error): void => log.warn('redis connection failed', { fault: error.message })
  client.on('error', warn)
  // This one says why a log-in was refused.
  client.on('node error', warn)
  return client
}

export const redis: Redis = openRedis(config.redisUrl)
