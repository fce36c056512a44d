/**
 * Tickets: each opens one socket in place of a token, so that no token has to stand in an address.
 *
 * Redis alone holds them, under their hash: a ticket that it loses is asked for again. One ends with its session and its token.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Clients } from '../../client/clients.ts'
import * as keys from '../../core/keys.ts'
import { Refusal } from '../../core/refusal.ts'
import type { Claims } from '../../core/token.ts'
import type { SocketTicket } from '../../wire/socket.ts'
import { script } from '../store/script.ts'
import { type SessionState, stateOfSession } from '../store/session-state.ts'
import { type SessionClients, stillActive } from './session.ts'

/** The user's id, which names the keys, and 256 random bits. */
const form = /^([1-9]\d{0,15})\.[\w-]{43}$/

// KEYS: ticket. ARGV: claims, TTL in ms.
const keep = script(`
redis.call('hset', KEYS[1], 'claims', ARGV[1])
redis.call('pexpire', KEYS[1], ARGV[2])
`)

/** Makes a ticket for a session that was just found active. */
export async function issue({ redis }: Pick<Clients, 'redis'>, claims: Claims): Promise<SocketTicket> {
  const ticket = `${claims.userId}.${randomBytes(32).toString('base64url')}`
  const leftMs = Math.max(1, Math.min(keys.ttlSeconds.ticket * 1000, claims.expiresAt * 1000 - Date.now()))
  await keep({ redis }, [keyOf(claims.userId, ticket)], [JSON.stringify(claims), leftMs])
  return { ticket, expires_in: Math.floor(leftMs / 1000) }
}

// KEYS: ticket, session. ARGV: id of this call. Returns the claims and the session's state; nothing if the ticket is unknown, or
// another call has taken it. Redis' client sends the script once more when its answer does not come: that is the same call.
const take = script(`${stateOfSession}
local ticket = redis.call('hmget', KEYS[1], 'claims', 'taken')
if not ticket[1] or (ticket[2] and ticket[2] ~= ARGV[1]) then return false end
redis.call('hset', KEYS[1], 'taken', ARGV[1])
return {ticket[1], stateOfSession(KEYS[2], cjson.decode(ticket[1]).sessionId)}
`)

/**
 * Takes a ticket, which then counts no more, and returns the claims of the session that asked for it.
 *
 * @throws Refusal TOKEN_INVALID - it is not ours, has expired, or was taken before.
 * @throws Refusal SESSION_ENDED - its session has ended since.
 */
export async function redeem(clients: SessionClients, ticket: string): Promise<Claims> {
  const userId = Number(form.exec(ticket)?.[1])
  if (!Number.isSafeInteger(userId)) throw new Refusal('TOKEN_INVALID')
  const taken = await take(clients, [keyOf(userId, ticket), keys.session(userId)], [randomUUID()])
  if (!taken) throw new Refusal('TOKEN_INVALID')
  const [text, state] = taken as [claims: string, SessionState]
  const claims: Claims = JSON.parse(text)
  return state === 'active' ? claims : await stillActive(clients, claims)
}

const keyOf = (userId: number, ticket: string): string =>
  keys.ticket(userId, createHash('sha256').update(ticket).digest('base64url'))
