/**
 * Presence: which connections a user has, and whether the user is online.
 *
 * A connection is stored from `$connect` until it is gone; a frame restores it if Redis has lost it. Each frame makes the next
 * one due within the connection's interval of heartbeats. A user is online until 60 s after the last frame that is due on
 * any of the connections: for 90 s after a frame, if its client has not asked for another interval.
 *
 * A user has `CONNECTIONS_PER_USER` at most: whoever opens one more ends the oldest.
 *
 * No script stores a connection of a session that Redis knows to have ended, and what ends a session marks its connections
 * (service/account/session). So who posts reads connections alone, and still posts nothing to a session that is over.
 */
import { randomUUID } from 'node:crypto'
import type { Clients } from '../../client/clients.ts'
import { config } from '../../core/config.ts'
import * as keys from '../../core/keys.ts'
import { usualSeconds } from '../../wire/interval.ts'
import { budgetOf, takeFromBudget } from '../store/rate-limit.ts'
import { script } from '../store/script.ts'
import { type SessionState, stateOfSession } from '../store/session-state.ts'
import { lookAt } from './look.ts'
import { graceMs, onlineFrom } from './online.ts'

/** A connection as the gateway and the authorizer describe it. */
export interface Connection {
  id: string
  userId: number
  sessionId: string
  /** Milliseconds. */
  connectedAt: number
  /** The client accepts arrays of frames. */
  takesArrays: boolean
  /** How long the client may be silent, milliseconds. */
  heartbeatMs: number
  /** When the token expires, milliseconds. */
  expiresAt: number
}

/** A connection as stored in Redis. */
export interface Stored {
  at: number
  takesArrays: boolean
  session: string
  /** Milliseconds: the time of the last frame. */
  heard: number
  /** Milliseconds; absent if it was stored by a version before, for which it was always the usual interval. */
  heartbeat?: number
  /** Milliseconds: when the token expires; absent if it was stored by a version before. */
  expires?: number
  /** The session has ended since. */
  ended?: true
}

const dueAt = ({ heartbeatMs }: Connection, now: number): number => now + heartbeatMs

function describe(connection: Connection, now: number): string {
  const { connectedAt: at, takesArrays, sessionId: session, heartbeatMs: heartbeat, expiresAt: expires } = connection
  const stored: Stored = { at, takesArrays, session, heard: now, heartbeat, expires }
  return JSON.stringify(stored)
}

// Removes connections. The user is then online as long as the remaining ones allow, and a look is planned for when that ends.
const forget = `${lookAt}
local function forget(connections, missed, due, looks, ids, user, usual, now)
  redis.call('hdel', connections, unpack(ids))
  redis.call('srem', missed, unpack(ids))
  local last = 0
  for _, text in ipairs(redis.call('hvals', connections)) do
    local stored = cjson.decode(text)
    last = math.max(last, stored.heard + (stored.heartbeat or tonumber(usual)))
  end
  if last > 0 then
    redis.call('zadd', due, last, user)
    local silent = math.max(last + ${graceMs} + 1, settled(now))
    lookAt(looks, silent, user, 'LT')
  elseif redis.call('zrem', due, user) == 1 then
    lookAt(looks, settled(now), user)
  end
end
`

// The ids of the connections beyond the limit, but for `id`: first those that are silent for too long, then the oldest. Several are
// beyond it only after the limit was lowered; one call names 100 at most.
const oldest = `
local function oldest(connections, id, limit, silent, usual)
  local beyond = math.min(redis.call('hlen', connections) - limit, 100)
  if beyond <= 0 then return {} end
  local all, ids = {}, {}
  local stored = redis.call('hgetall', connections)
  for i = 1, #stored, 2 do
    local one = cjson.decode(stored[i + 1])
    local isSilent = one.heard + (one.heartbeat or tonumber(usual)) < silent
    if stored[i] ~= id then table.insert(all, {isSilent and 0 or one.at, stored[i]}) end
  end
  table.sort(all, function(a, b) return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2]) end)
  for i = 1, math.min(beyond, #all) do ids[i] = all[i][2] end
  return ids
end
`

// KEYS: session, connections, due, missed, budget, when the session was seen, looks. ARGV: connection id, its description, session id, user id, when the next frame is
// due, until when who is online had to be heard from, TTL, the usual interval, connections at most, and of the budget: now, ms that
// one unit takes to come back, ms that all take, units to take; TTL of the time. A frame is never due earlier than another connection
// allows. Users who left without a `$disconnect` are removed here, since the key itself does not expire.
const arriveScript = script(`${stateOfSession}${takeFromBudget}${forget}${oldest}
local state = stateOfSession(KEYS[1], ARGV[3])
if state == 'ended' then
  forget(KEYS[2], KEYS[4], KEYS[3], KEYS[7], {ARGV[1]}, ARGV[4], ARGV[8], ARGV[10])
  return {state, 0, {}}
end
if state == 'active' then
  local wait = takeFromBudget(KEYS[5], tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13]))
  if wait > 0 then return {state, wait, {}} end
end
redis.call('hset', KEYS[2], ARGV[1], ARGV[2])
redis.call('set', KEYS[6], ARGV[10], 'ex', ARGV[14])
local before = tonumber(redis.call('zscore', KEYS[3], ARGV[4]) or 0)
if before < tonumber(ARGV[6]) then lookAt(KEYS[7], settled(ARGV[10]), ARGV[4]) end
redis.call('zadd', KEYS[3], 'GT', ARGV[5], ARGV[4])
redis.call('zremrangebyscore', KEYS[3], 0, '(' .. ARGV[6])
redis.call('expire', KEYS[2], ARGV[7])
redis.call('expire', KEYS[3], ARGV[7])
local ids = {}
if state == 'active' then ids = oldest(KEYS[2], ARGV[1], tonumber(ARGV[9]), tonumber(ARGV[6]), ARGV[8]) end
if #ids > 0 then forget(KEYS[2], KEYS[4], KEYS[3], KEYS[7], ids, ARGV[4], ARGV[8], ARGV[10]) end
return {state, 0, ids}
`)

/** The result of `arrive`. */
export interface Arrival {
  session: SessionState
  /** Milliseconds until the user may open a connection; 0 if this one is there. */
  waitMs: number
  /** The ids of the connections that had to give way to it: they are removed, and have to be told and closed. */
  oldest: readonly string[]
}

/**
 * Adds a connection, unless Redis knows that its session has ended or its user opens too many; returns what it knows of the session.
 * A session that ends later finds the connection, so that no order of the two leaves it there.
 */
export async function arrive({ redis }: Pick<Clients, 'redis'>, connection: Connection, now: number): Promise<Arrival> {
  const { id, userId, sessionId } = connection
  const reply = await arriveScript(
    { redis },
    [
      keys.session(userId),
      keys.connections(userId),
      keys.due(userId),
      keys.missed(userId),
      keys.limit('upgrades', userId),
      keys.seen(userId, sessionId),
      keys.looks(userId),
    ],
    [
      id,
      describe(connection, now),
      sessionId,
      userId,
      dueAt(connection, now),
      onlineFrom(now),
      keys.ttlSeconds.connection,
      usualSeconds * 1000,
      config.connectionsPerUser,
      ...budgetOf('upgrades', 1, now),
      keys.ttlSeconds.seen,
    ],
  )
  const [session, waitMs, oldest] = reply as [SessionState, number, string[]]
  return { session, waitMs, oldest }
}

// KEYS: connections, missed, due, looks. ARGV: connection id, user id, the usual interval, now.
const leaveScript = script(`${forget}
forget(KEYS[1], KEYS[2], KEYS[3], KEYS[4], {ARGV[1]}, ARGV[2], ARGV[3], ARGV[4])
`)

/**
 * Removes a connection. The user is then online as long as the remaining connections allow. Idempotent, also for a
 * connection that was never added.
 */
export async function leave(
  { redis }: Pick<Clients, 'redis'>,
  userId: number,
  connectionId: string,
  now: number = Date.now(),
): Promise<void> {
  const touched = [keys.connections(userId), keys.missed(userId), keys.due(userId), keys.looks(userId)]
  await leaveScript({ redis }, touched, [connectionId, userId, usualSeconds * 1000, now])
}

// Less than the time that whoever is told so has to wait (see ./dismissal).
const floodedMs = 10_000

/** The result of `touch`. */
export interface Touched {
  session: SessionState
  /** The connection may have missed a push. Reported once, and only to a frame within the rate. */
  mustResync: boolean
  /** Milliseconds until the rate allows the frame; 0 if it does now. */
  waitMs: number
  /** The connection has to end: it has given way to another one, or its user has gone on for too long above the rate. */
  over?: 'TOO_MANY_REQUESTS' | 'TOO_MANY_CONNECTIONS'
}

// KEYS: session, connections, due, missed, rate, announced, looks, budget of upgrades. ARGV: connection id, its description, now, session id, the usual interval, tokens to
// take, tokens a second, burst, TTL of connections, TTL of the rate, user id, when the next frame is due, id of this call, connections
// at most, frames beyond the rate at most, ms that all upgrades take to come back, ms in which who is over opens no connection. The
// TTL exceeds a connection's maximum age, so only new entries need to extend it. A frame never shortens what another connection
// allows.
//
// A connection that has given way to another one and was not closed is one too many when it is put back. A frame above the rate
// counts as one beyond it, whatever it costs, and is forgiven as fast as tokens come back. With too many of them its connection has
// to end, and its user opens no other for a while; a second's worth is forgiven with it, so that not every frame that is on its way ends
// it once more.
//
// Somebody whose friends do not know that they are online has come back after a long silence, or Redis has lost all: a look is
// planned, if there is none.
//
// Redis' client sends the script once more when its answer does not come. Then it may take its tokens twice, and says again
// what it said: `told` is the last call that was told to catch up.
const touchScript = script(`${stateOfSession}${forget}
local state = stateOfSession(KEYS[1], ARGV[4])
if state == 'ended' then forget(KEYS[2], KEYS[4], KEYS[3], KEYS[7], {ARGV[1]}, ARGV[11], ARGV[5], ARGV[3]) end
if state ~= 'active' then return {state, 0, 0} end

local resync = redis.call('hset', KEYS[2], ARGV[1], ARGV[2])
if resync == 1 then
  if redis.call('hlen', KEYS[2]) > tonumber(ARGV[14]) then
    forget(KEYS[2], KEYS[4], KEYS[3], KEYS[7], {ARGV[1]}, ARGV[11], ARGV[5], ARGV[3])
    return {state, 0, 0, 'TOO_MANY_CONNECTIONS'}
  end
  redis.call('expire', KEYS[2], ARGV[9])
end
if redis.call('srem', KEYS[4], ARGV[1]) == 1 then resync = 1 end
if redis.call('zadd', KEYS[3], 'GT', ARGV[12], ARGV[11]) == 1 then redis.call('expire', KEYS[3], ARGV[9]) end
if redis.call('sismember', KEYS[6], ARGV[11]) == 0 then lookAt(KEYS[7], settled(ARGV[3]), ARGV[11], 'NX') end

local bucket = redis.call('hmget', KEYS[5], 'tokens', 'at', 'told', 'beyond')
if bucket[3] == ARGV[13] then resync = 1 end
if resync == 1 then
  redis.call('hset', KEYS[5], 'told', ARGV[13])
  redis.call('expire', KEYS[5], ARGV[10])
end

local cost = tonumber(ARGV[6])
if cost == 0 then return {'active', resync, 0} end
local rate, burst, now = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[3])
local back = math.max(0, now - tonumber(bucket[2] or now)) * rate / 1000
local tokens = math.min(burst, tonumber(bucket[1] or burst) + back)
local beyond = math.max(0, tonumber(bucket[4] or 0) - back)
local wait = 0
if tokens >= cost then tokens = tokens - cost else wait = math.ceil((cost - tokens) * 1000 / rate) end
if wait > 0 then beyond = beyond + 1 end
local over = beyond > tonumber(ARGV[15]) and 'TOO_MANY_REQUESTS' or nil
if over then
  beyond = beyond - rate
  redis.call('set', KEYS[8], now + ARGV[16] + ARGV[17], 'px', ARGV[16] + ARGV[17])
end
if wait > 0 and resync == 1 then
  redis.call('sadd', KEYS[4], ARGV[1])
  redis.call('expire', KEYS[4], ARGV[9])
  resync = 0
end
redis.call('hset', KEYS[5], 'tokens', tostring(tokens), 'at', ARGV[3])
if beyond > 0 or bucket[4] then redis.call('hset', KEYS[5], 'beyond', tostring(beyond)) end
redis.call('expire', KEYS[5], ARGV[10])
return {'active', resync, wait, over}
`)

/**
 * Registers a frame, in one script on the keys of one user: checks the session, keeps the user online, restores a connection
 * that Redis has lost, and takes `cost` tokens from the sender's bucket. If the session has ended, it removes the connection.
 * `callId` is another for each frame.
 */
export async function touch(
  { redis }: Pick<Clients, 'redis'>,
  connection: Connection,
  cost: number,
  now: number,
  callId: string = randomUUID(),
): Promise<Touched> {
  const { userId, sessionId } = connection
  const reply = await touchScript(
    { redis },
    [
      keys.session(userId),
      keys.connections(userId),
      keys.due(userId),
      keys.missed(userId),
      keys.messageRate(userId),
      keys.announced(userId),
      keys.looks(userId),
      keys.limit('upgrades', userId),
    ],
    [
      connection.id,
      describe(connection, now),
      now,
      sessionId,
      usualSeconds * 1000,
      cost,
      config.messageRate.perSecond,
      config.messageRate.burst,
      keys.ttlSeconds.connection,
      keys.ttlSeconds.rate,
      userId,
      dueAt(connection, now),
      callId,
      config.connectionsPerUser,
      config.messageRate.excess,
      config.limits.upgrades.seconds * 1_000,
      floodedMs,
    ],
  )
  const [session, resync, waitMs, over] = reply as [SessionState, number, number, Touched['over']?]
  return { session, mustResync: resync === 1, waitMs, ...(over && { over }) }
}
