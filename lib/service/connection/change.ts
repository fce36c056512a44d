/**
 * Changes of who is online that friends do not know of yet: found by the looks that are due (look.ts).
 *
 * A change is claimed for some seconds, and confirmed when the friends were told. If whoever has claimed it dies before, it is due
 * again: a change may be told twice, and is never forgotten.
 */
import type { Clients } from '../../client/clients.ts'
import { config } from '../../core/config.ts'
import * as keys from '../../core/keys.ts'
import { script } from '../store/script.ts'
import { lookAt } from './look.ts'
import { graceMs, onlineFrom } from './online.ts'

// Longer than a round takes that tells it.
const claimMs = 20_000
const looksOfTag = 200
const changesOfTag = 2

/** What the friends of a user do not know yet. */
export interface Change {
  userId: number
  isOnline: boolean
}

// KEYS: looks, due, announced, quiet, all of one tag. ARGV: now, until when who is online had to be heard from, until when a claim holds.
const claimScript = script(`
redis.call('zremrangebyscore', KEYS[4], 0, ARGV[1])
local changes = {}
for _, user in ipairs(redis.call('zrangebyscore', KEYS[1], 0, ARGV[1], 'limit', 0, ${looksOfTag})) do
  local due = tonumber(redis.call('zscore', KEYS[2], user) or 0)
  local isOnline = due >= tonumber(ARGV[2])
  local isTold = (redis.call('sismember', KEYS[3], user) == 1) == isOnline
  local quiet = redis.call('zscore', KEYS[4], user)
  if isTold and isOnline then redis.call('zadd', KEYS[1], due + ${graceMs} + 1, user)
  elseif isTold then redis.call('zrem', KEYS[1], user)
  elseif quiet then redis.call('zadd', KEYS[1], quiet, user)
  else
    redis.call('zadd', KEYS[1], ARGV[3], user)
    table.insert(changes, {tonumber(user), isOnline and 1 or 0})
    if #changes == ${changesOfTag} then break end
  end
end
for _, key in ipairs(KEYS) do redis.call('expire', key, ${keys.ttlSeconds.connection}) end
return changes
`)

/** Changes of which friends have to be told: two of each hash tag at most. Nobody else gets them for some seconds. */
export async function claim({ redis }: Pick<Clients, 'redis'>, now: number): Promise<Change[]> {
  const changes = await Promise.all(
    keys.ofEachTag.map((tag) =>
      claimScript(
        { redis },
        [keys.looks(tag), keys.due(tag), keys.announced(tag), keys.quiet(tag)],
        [now, onlineFrom(now), now + claimMs],
      ),
    ),
  )
  return (changes as [number, number][][]).flat().map(([userId, online]) => ({ userId, isOnline: online === 1 }))
}

// KEYS: looks, announced, quiet. ARGV: user id, whether friends were told that the user is online, until when they are told nothing more, now.
// What has changed meanwhile is seen by another look.
const confirmScript = script(`${lookAt}
redis.call(ARGV[2] == '1' and 'sadd' or 'srem', KEYS[2], ARGV[1])
redis.call('zadd', KEYS[3], ARGV[3], ARGV[1])
lookAt(KEYS[1], ARGV[4], ARGV[1], 'LT')
`)

/** Notes that friends were told. Of each user they are told nothing more for a while. */
export async function confirm(
  { redis }: Pick<Clients, 'redis'>,
  changes: readonly Change[],
  now: number,
): Promise<void> {
  const quietUntil = now + 60_000 / config.presence.changesPerMinute
  await Promise.all(
    changes.map(({ userId, isOnline }) =>
      confirmScript(
        { redis },
        [keys.looks(userId), keys.announced(userId), keys.quiet(userId)],
        [userId, isOnline ? 1 : 0, quietUntil, now],
      ),
    ),
  )
}
