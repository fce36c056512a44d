/**
 * Limits on guesses at passwords, and on registrations.
 *
 * Failures count. An account's failures in a row make the next attempt wait: not at first, then for a second and twice as
 * long each time. They are counted apart for each network from which the right password was given before, so that nobody
 * elsewhere keeps the owner out; all other networks share one count. A network that is new to the account also has a budget of
 * failures for all accounts together. Right passwords are bounded where they were given before, since each costs a hash.
 */
import { createHash } from 'node:crypto'
import type { Clients } from '../../client/clients.ts'
import { config } from '../../core/config.ts'
import * as keys from '../../core/keys.ts'
import { networkOf } from '../../core/network.ts'
import { Refusal } from '../../core/refusal.ts'
import { giveBack, spend } from '../store/rate-limit.ts'
import { script, withTimeout } from '../store/script.ts'

type Redis = Pick<Clients, 'redis'>
type Check = () => Promise<boolean>

interface Guess {
  /** The account's id; the key of the name if there is no such account. */
  account: number | string
  /** The address that guesses. */
  address: string
}

/**
 * Takes from the registrations of an address.
 *
 * @throws Refusal TOO_MANY_REQUESTS
 */
export const countRegistration = (clients: Redis, address: string): Promise<void> =>
  spend(clients, 'registrations', networkOf(address))

/**
 * Says whether `check` finds a guess right, and counts it if not. It counts while it is checked, so that many at once are no more
 * than the limit; one that cannot be checked counts for nothing.
 *
 * @throws Refusal TOO_MANY_REQUESTS - nothing was checked, and nothing counts.
 */
export async function guess(clients: Redis, { account, address }: Guess, check: Check): Promise<boolean> {
  const { own, others, known } = keysOf({ account, address })
  const isKnown = (await withTimeout(clients.redis.get(known))) !== null
  const checkAccount = () => withinAccount(clients, isKnown ? own : others, known, check)
  if (!isKnown) return await withinNetwork(clients, networkOf(address), checkAccount)
  await spend(clients, 'logIns', known)
  return await checkAccount()
}

/** Makes an address known to a new account, which nobody guesses at yet. */
export async function remember(clients: Redis, guess: Guess): Promise<void> {
  const { own, known } = keysOf(guess)
  await succeed(clients, [own, known], [knownSeconds()])
}

function keysOf({ account, address }: Guess) {
  const id = typeof account === 'number' ? account : digest(account)
  const network = digest(`${id} ${networkOf(address)}`)
  return {
    own: keys.failures(id, network),
    others: keys.failures(id, 'others'),
    known: keys.knownNetwork(id, network),
  }
}

const knownSeconds = (): number => config.guesses.knownDays * 24 * 3600

// Names stand in no key, and neither does who logged in from where.
const digest = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22)

async function withinNetwork(clients: Redis, network: string, check: Check): Promise<boolean> {
  await spend(clients, 'loginFailures', network)
  return await unlessWrong(check, () => giveBack(clients, 'loginFailures', network))
}

async function withinAccount(clients: Redis, failures: string, known: string, check: Check): Promise<boolean> {
  const until = await count(clients, failures)
  const isRight = await unlessAnswered(check, () => undo(clients, [failures], [until]))
  if (isRight) await succeed(clients, [failures, known], [knownSeconds()])
  return isRight
}

/** Calls `restore` unless the guess is wrong. */
async function unlessWrong(check: Check, restore: () => Promise<unknown>): Promise<boolean> {
  const isRight = await unlessAnswered(check, restore)
  if (isRight) await restore()
  return isRight
}

/** Calls `restore` when the guess could not be checked. */
async function unlessAnswered(check: Check, restore: () => Promise<unknown>): Promise<boolean> {
  try {
    return await check()
  } catch (error) {
    // The error is what the caller has to know.
    await restore().catch(() => undefined)
    throw error
  }
}

/** Counts a failure in advance. @returns until when the next attempt has to wait, ms. */
async function count(clients: Redis, failures: string): Promise<number> {
  const { free, inARow, delaySeconds } = config.guesses
  const now = Date.now()
  const reply = await countScript(clients, [failures], [now, free, inARow, delaySeconds, keys.ttlSeconds.failures])
  const [waitMs, until] = (reply as number[]).map(Number) as [number, number]
  if (waitMs > 0) throw new Refusal('TOO_MANY_REQUESTS', { retryAfterSeconds: Math.ceil(waitMs / 1000) })
  return until
}

// KEYS: failures. ARGV: now, failures without a delay, failures after which it is a day, the longest delay before (s), TTL (s).
// Returns the ms to wait, and until when the next attempt waits.
const countScript = script(`
local now = tonumber(ARGV[1])
local till = tonumber(redis.call('hget', KEYS[1], 'until') or 0)
if till > now then return {till - now, till} end
local failures = redis.call('hincrby', KEYS[1], 'failures', 1)
local delay = 0
if failures >= tonumber(ARGV[3]) then delay = 86400
elseif failures >= tonumber(ARGV[2]) then delay = math.min(2 ^ (failures - ARGV[2]), tonumber(ARGV[4])) end
redis.call('hset', KEYS[1], 'until', now + delay * 1000)
redis.call('expire', KEYS[1], delay + ARGV[5])
return {0, now + delay * 1000}
`)

// KEYS: failures. ARGV: until when its count made others wait. Nothing is left to undo when another has succeeded.
const undo = script(`
if redis.call('exists', KEYS[1]) == 0 then return end
redis.call('hincrby', KEYS[1], 'failures', -1)
if redis.call('hget', KEYS[1], 'until') == ARGV[1] then redis.call('hset', KEYS[1], 'until', 0) end
`)

// KEYS: failures, known network. ARGV: for how long it is known (s).
const succeed = script(`
redis.call('del', KEYS[1])
redis.call('set', KEYS[2], '1', 'ex', ARGV[1])
`)
