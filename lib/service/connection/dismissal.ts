/** The end of connections by the service: they are told why, and closed. */
import type { Clients } from '../../client/clients.ts'
import { inParallel } from '../../core/in-parallel.ts'
import * as log from '../../core/log.ts'
import type { GoAwayFrame } from '../../wire/server-frame.ts'
import * as presence from './presence.ts'
import type { Over } from './recipient.ts'

type GatewayClients = Pick<Clients, 'gateway'>

const timeoutMs = 1_000
const parallelConnections = 32
// A literal: importing FrameType would put the schemas of all frames into the bundle of `$connect`.
const type: GoAwayFrame['type'] = 10
// Who had too much is not to be back at once.
const reconnectAfterMs: Record<Over, number> = {
  TOKEN_EXPIRED: 0,
  SESSION_ENDED: 0,
  TOO_MANY_REQUESTS: 30_000,
  TOO_MANY_CONNECTIONS: 60_000,
}

/** The frame that says why a connection is about to end, as text. */
export const goAway = (reason: Over): string =>
  JSON.stringify({ type, reason, reconnect_after_ms: reconnectAfterMs[reason] } satisfies GoAwayFrame)

/** Ends connections of a user who has opened one too many. Never throws: one that stays open is refused its next frame. */
export async function endOldest({ gateway }: GatewayClients, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) log.sampled('connections ended', 'TOO_MANY_CONNECTIONS', { reason: 'TOO_MANY_CONNECTIONS' })
  await inParallel(ids, parallelConnections, async (id) => {
    await gateway.post(id, goAway('TOO_MANY_CONNECTIONS'), timeoutMs)
    await gateway.close(id, timeoutMs)
  })
}

/**
 * Ends the connection of a frame that was refused for good: posts the refusal and a `goAway`, and closes it.
 *
 * Returns false when the refusal did not get through. Then the connection is left, and its next frame comes here again; but not
 * after a flood, since who does not read could go on with it. Never throws.
 */
export async function dismiss(
  clients: GatewayClients & Pick<Clients, 'redis'>,
  { id, userId }: Pick<presence.Connection, 'id' | 'userId'>,
  over: Over,
  refusal: string,
): Promise<boolean> {
  const isFlood = over === 'TOO_MANY_REQUESTS'
  // Of a flood more frames are on their way, which would put the connection back: `$disconnect` removes it.
  if (!isFlood) await presence.leave(clients, userId, id).catch(logFailure)
  const isTold = (await clients.gateway.post(id, refusal, timeoutMs)) === 'sent'
  if (!isTold && !isFlood) return false
  if (isTold) await clients.gateway.post(id, goAway(over), timeoutMs)
  await clients.gateway.close(id, timeoutMs)
  return true
}

const logFailure = (error: unknown): void => log.error('presence update failed', error)
