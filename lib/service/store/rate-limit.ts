/** Limits on rates: a budget in Redis for each user or address, which fills up steadily (the generic cell rate algorithm). */
import type { Clients } from '../../client/clients.ts'
import { config } from '../../core/config.ts'
import * as keys from '../../core/keys.ts'
import type { LimitName } from '../../core/limits.ts'
import { Refusal } from '../../core/refusal.ts'
import { script } from './script.ts'

/**
 * Lua: takes units from the budget at `key`, which says when it will be full. `each` and `all` are the ms that one unit and all
 * take to come back. Returns the ms until so many can be taken; 0 if they were. What is refused takes nothing.
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

const takeScript = script(`${takeFromBudget}
return takeFromBudget(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]))
`)

/** What the Lua function needs to know of a budget: now, the times, and what is taken, which is never more than all. */
export function budgetOf(name: LimitName, cost = 1, now = Date.now()): [number, number, number, number] {
  const { count, seconds } = config.limits[name]
  const all = seconds * 1000
  return [now, all / count, all, Math.min(cost, count)]
}

/** Who is limited: a user's id, or an address. */
export type Limited = number | string

/** Takes `cost` from a budget; returns the milliseconds until that is possible, 0 if it was. One round trip. */
export async function take(
  { redis }: Pick<Clients, 'redis'>,
  name: LimitName,
  id: Limited,
  { cost = 1, now = Date.now() } = {},
): Promise<number> {
  return Number(await takeScript({ redis }, [keys.limit(name, id)], budgetOf(name, cost, now)))
}

// KEYS: when the budget will be full. ARGV: now, ms that one unit takes to come back.
const giveBackScript = script(`
local left = tonumber(redis.call('get', KEYS[1]) or 0) - ARGV[2] - ARGV[1]
if left <= 0 then redis.call('del', KEYS[1]) else redis.call('set', KEYS[1], left + ARGV[1], 'px', math.ceil(left)) end
`)

/** Gives one back that was taken and turned out not to count. */
export async function giveBack({ redis }: Pick<Clients, 'redis'>, name: LimitName, id: Limited): Promise<void> {
  const { count, seconds } = config.limits[name]
  await giveBackScript({ redis }, [keys.limit(name, id)], [Date.now(), (seconds * 1000) / count])
}

/**
 * Takes `cost` from a budget.
 *
 * @throws Refusal TOO_MANY_REQUESTS - with the seconds until the budget allows it.
 */
export async function spend({ redis }: Pick<Clients, 'redis'>, name: LimitName, id: Limited, cost = 1): Promise<void> {
  const waitMs = await take({ redis }, name, id, { cost })
  if (waitMs > 0) throw tooMany(waitMs)
}

export const tooMany = (waitMs: number): Refusal =>
  new Refusal('TOO_MANY_REQUESTS', { retryAfterSeconds: Math.ceil(waitMs / 1000) })
