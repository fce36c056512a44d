/** Limits attempts to register or log in: a number a minute from one address (of IPv6, from one /64), and one for each account. */
import type { Clients } from '../../client/clients.ts'
import { config } from '../../core/config.ts'
import * as keys from '../../core/keys.ts'
import { networkOf } from '../../core/network.ts'
import { Refusal } from '../../core/refusal.ts'
import { usernameKey } from '../../wire/user.ts'
import { withTimeout } from '../store/script.ts'

/**
 * Counts an attempt against both limits, in one round trip. Refused attempts count, too. One counts twice when its answer was
 * lost, and Redis' client sent it once more.
 *
 * @throws Refusal TOO_MANY_REQUESTS - with the seconds until both limits allow another attempt.
 */
export async function count({ redis }: Pick<Clients, 'redis'>, address: string, username: string): Promise<void> {
  const { perAddress, perAccount } = config.credentialRate
  const waits = await withTimeout(
    Promise.all([
      secondsToWait({ redis }, keys.attempts('address', networkOf(address)), perAddress),
      secondsToWait({ redis }, keys.attempts('account', usernameKey(username)), perAccount),
    ]),
  )
  const retryAfterSeconds = Math.max(...waits)
  if (retryAfterSeconds > 0) throw new Refusal('TOO_MANY_REQUESTS', { retryAfterSeconds })
}

// The three commands share a pipeline. EXPIRE is sent with each attempt, because the first one may have been lost.
async function secondsToWait({ redis }: Pick<Clients, 'redis'>, key: string, limit: number): Promise<number> {
  const [attempts, , secondsLeft] = await Promise.all([
    redis.incr(key),
    redis.expire(key, keys.ttlSeconds.rate, 'NX'),
    redis.ttl(key),
  ])
  return attempts > limit ? Math.max(secondsLeft, 1) : 0
}
