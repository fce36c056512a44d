/** Attempts to register or log in: so many a minute from one address, and for one account. */
import type { Clients } from '../../client/clients.ts'
import { config } from '../../core/config.ts'
import * as keys from '../../core/keys.ts'
import { Refusal } from '../../core/refusal.ts'
import { usernameKey } from '../../wire/user.ts'
import { withTimeout } from '../store/script.ts'

/**
 * Counts an attempt against both limits, in one round trip. Refused ones count, too.
 *
 * @throws Refusal TOO_MANY_REQUESTS - with the seconds until the limit that was met lets go.
 */
export async function count({ redis }: Pick<Clients, 'redis'>, address: string, username: string): Promise<void> {
  const { perAddress, perAccount } = config.credentialRate
  const waits = await withTimeout(
    Promise.all([
      secondsToWait({ redis }, keys.attempts('address', address), perAddress),
      secondsToWait({ redis }, keys.attempts('account', usernameKey(username)), perAccount),
    ]),
  )
  const retryAfterSeconds = Math.max(...waits)
  if (retryAfterSeconds > 0) throw new Refusal('TOO_MANY_REQUESTS', { retryAfterSeconds })
}

// The three travel together, and NX on each attempt gives an end also to a counter whose first EXPIRE was lost.
async function secondsToWait({ redis }: Pick<Clients, 'redis'>, key: string, limit: number): Promise<number> {
  const [attempts, , secondsLeft] = await Promise.all([
    redis.incr(key),
    redis.expire(key, keys.ttlSeconds.rate, 'NX'),
    redis.ttl(key),
  ])
  return attempts > limit ? Math.max(secondsLeft, 1) : 0
}
