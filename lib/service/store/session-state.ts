/** What Redis' copy of a user's sessions says of one, as a function for scripts. */
import { DependencyUnavailable } from '../../core/outage.ts'

/** `unloaded`: Redis has no copy. */
export type SessionState = 'active' | 'ended' | 'unloaded'

/**
 * Lua: the state of the session `id` by the copy at `key` (see core/keys). The same rule is in service/account/session, for who
 * only reads.
 */
export const stateOfSession = `
local function stateOfSession(key, id)
  local copy = redis.call('hmget', key, 'epoch', 'kept', id)
  if not copy[1] then return 'unloaded' end
  local opened = tonumber(string.match(id, '^%d+')) or 0
  if copy[3] or (opened < tonumber(copy[1]) and copy[2] ~= id) then return 'ended' end
  return 'active'
end
`

/** Redis has lost a copy as soon as it had it: that says nothing of the session, which a refusal would end at its client. */
export const lostAgain = (): Error => new DependencyUnavailable('Redis', 'without the sessions that it was given')
