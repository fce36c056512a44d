/** Calls to Redis: with a deadline, and as scripts that are sent once. */
import { createHash } from 'node:crypto'
import type { Clients } from '../../client/clients.ts'
import { within } from '../../core/outage.ts'

const timeoutMs = 1_500

/** The reply of Redis, or an outage after 1.5 s, which includes the client's wait for a connection. */
export const withTimeout = <T>(command: Promise<T>): Promise<T> => within(timeoutMs, 'redis', command)

/**
 * A Lua script on keys of one hash tag. It is called by its hash, and sent only when Redis does not know it.
 *
 * ioredis' `defineCommand` would need the script defined on each client, and adds methods without types.
 */
export function script(lua: string) {
  const hash = createHash('sha1').update(lua).digest('hex')
  return async (
    { redis }: Pick<Clients, 'redis'>,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown> => {
    try {
      return await withTimeout(redis.evalsha(hash, keys.length, ...keys, ...args))
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return await withTimeout(redis.eval(lua, keys.length, ...keys, ...args))
    }
  }
}
