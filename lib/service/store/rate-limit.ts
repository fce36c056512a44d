/** Limits on rates: a budget in Redis for each user or address, which fills up steadily (the generic cell rate algorithm). */
import { config } from '../../core/config.ts'
import type { LimitName } from '../../core/limits.ts'
import { Refusal } from '../../core/refusal.ts'

/**
 * Lua: takes `cost` units from the budget at `key`, which says when it will be full. `each` and `all` are the ms that one unit
 * and all take to come back. Returns the ms until so many can be taken; 0 if they were. What is refused takes nothing.
 */
export const takeFromBudget = `
local function takeFromBudget(key, now, each, all, cost)
  local full = math.max(now, tonumber(redis.call('get', key) or now)) + cost * each
  local wait = full - now - all
  if wait > 0 then return math.ceil(wait) end
  redis.call('set', key, full, 'px', math.ceil(full - now))
  return 0
end
`

/** What the Lua function needs to know of a budget: now, the times, and what is taken, which is never more than all. */
export function budgetOf(name: LimitName, cost = 1, now = Date.now()): [number, number, number, number] {
  const { count, seconds } = config.limits[name]
  const all = seconds * 1000
  return [now, all / count, all, Math.min(cost, count)]
}

/** The refusal of who takes too much. */
export const tooMany = (waitMs: number): Refusal =>
  new Refusal('TOO_MANY_REQUESTS', { retryAfterSeconds: Math.ceil(waitMs / 1000) })
