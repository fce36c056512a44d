/**
 * The state of calls: what each of the two users is in, in one key a user, so that nobody is in two calls.
 *
 * The keys of two users cannot be changed together, but all frames of one pair come one after another: only taking a free user
 * races with other pairs, and that is one script on one key.
 */
import type { Clients } from '../../client/clients.ts'
import * as keys from '../../core/keys.ts'
import type { Language } from '../../core/refusal.ts'
import { script, withTimeout } from '../store/script.ts'

/** How a call has ended. */
export type Ending = 'ended' | 'missed' | 'declined' | 'busy'

/** A call, as both of its users have it. */
export interface CallState {
  id: string
  caller: number
  callee: number
  /** Of the caller: the message at the end is written in it. */
  language: Language
  state: 'ringing' | 'talking' | 'over'
  /** Milliseconds: from then on it holds nobody any more, unless it is prolonged. */
  until: number
  /** When it was accepted, milliseconds, and the connection that did. */
  acceptedAt?: number
  device?: string
  /** Once it is over: how, after how many seconds of talk, and the record that ended it. */
  ending?: Ending
  seconds?: number
  endedBy?: string
}

/** It rings no longer than this. */
export const ringMs = 45_000
/** While people talk, one of their clients says so at least as often: by any frame of the call. */
export const talkMs = 180_000

// KEYS: call. ARGV: its id, now, TTL, and the fields of the new call with their values. A call that is over or has rung out gives
// way. One that is taken again, by a record that comes twice, stays as it is.
const takeScript = script(`
local held = redis.call('hmget', KEYS[1], 'id', 'state', 'until')
if held[1] == ARGV[1] then return held[2] end
if held[1] and held[2] ~= 'over' and tonumber(held[3]) > tonumber(ARGV[2]) then return 'busy' end
redis.call('del', KEYS[1])
redis.call('hset', KEYS[1], unpack(ARGV, 4))
redis.call('expire', KEYS[1], ARGV[3])
return 'taken'
`)

/** Takes a user for a call that begins: `taken`; `busy` with another one; or the state in which they have this call already. */
export async function take(
  { redis }: Pick<Clients, 'redis'>,
  userId: number,
  call: CallState,
  now: number,
): Promise<'taken' | 'busy' | CallState['state']> {
  const args = [call.id, now, keys.ttlSeconds.call, ...fieldsOf(call)]
  return (await takeScript({ redis }, [keys.call(userId)], args)) as 'taken' | 'busy' | CallState['state']
}

// KEYS: call. ARGV: its id, TTL, and fields with their values. Does nothing if the user has another call by now.
const moveScript = script(`
if redis.call('hget', KEYS[1], 'id') ~= ARGV[1] then return 0 end
redis.call('hset', KEYS[1], unpack(ARGV, 3))
redis.call('expire', KEYS[1], ARGV[2])
return 1
`)

/** Changes a call, for both of its users. */
export async function move(
  { redis }: Pick<Clients, 'redis'>,
  { id, caller, callee }: CallState,
  change: Partial<CallState>,
): Promise<void> {
  const args = [id, keys.ttlSeconds.call, ...fieldsOf(change)]
  for (const userId of [caller, callee]) await moveScript({ redis }, [keys.call(userId)], args)
}

/** The call that a user is in or was in last; undefined if there is none with this id. */
export async function find(
  { redis }: Pick<Clients, 'redis'>,
  userId: number,
  callId: string,
): Promise<CallState | undefined> {
  const { id, caller, callee, until, acceptedAt, seconds, ...texts } = await withTimeout(
    redis.hgetall(keys.call(userId)),
  )
  if (id !== callId) return undefined
  return {
    ...(texts as unknown as Pick<CallState, 'language' | 'state' | 'device' | 'ending' | 'endedBy'>),
    id,
    caller: Number(caller),
    callee: Number(callee),
    until: Number(until),
    ...(acceptedAt !== undefined && { acceptedAt: Number(acceptedAt) }),
    ...(seconds !== undefined && { seconds: Number(seconds) }),
  }
}

const fieldsOf = (call: Partial<CallState>): (string | number)[] =>
  Object.entries(call).flatMap(([name, value]) => (value === undefined ? [] : [name, value]))
