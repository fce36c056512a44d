/**
 * Looks: when to see whether the friends of a user have been told what is so, that the user is online or not.
 *
 * Whoever changes it plans a look a few seconds later, and the next change plans it anew: what turns back before is not told, nor
 * is one who comes and goes without end. While a user is online, a look is planned for when the silence will have been too long;
 * a frame moves that, and the look finds it out. So every loss is found, and a frame plans nothing.
 */
import * as keys from '../../core/keys.ts'

/** How long a change has to last before it is told. */
const settleMs = 3_000

/**
 * Lua: `lookAt` plans a look at a user, in place of the one that is planned; with `LT` only if it is earlier, with `NX` only if none
 * is. `settled` is when a change of now will have lasted.
 */
export const lookAt = `
local function settled(now) return tonumber(now) + ${settleMs} end
local function lookAt(looks, at, user, only)
  if only then redis.call('zadd', looks, only, at, user) else redis.call('zadd', looks, at, user) end
  redis.call('expire', looks, ${keys.ttlSeconds.connection})
end
`
