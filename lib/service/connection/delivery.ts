/** Delivery: frames to connections, in order on each, within bounds. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Clients } from '../../client/clients.ts'
import type { Posted } from '../../client/gateway.ts'
import * as log from '../../core/log.ts'
import { FrameType, type ServerFrame } from '../../wire/frame.ts'
import type { Origin } from '../../wire/record.ts'
import * as presence from './presence.ts'

/** A frame for one connection that is known from its record. */
export interface Reply {
  userId: number
  origin: Origin
  frame: ServerFrame
}

/** A frame for all connections of some users, besides the one it came from. */
export interface Push {
  userIds: readonly number[]
  except?: string
  frame: ServerFrame
}

type DeliveryClients = Pick<Clients, 'redis' | 'gateway'>

const postTimeoutMs = 1_000
const batchTimeoutMs = 5_000
const parallelConnections = 32
// The gateway meters messages in units of 32 KB.
const messageMaxBytes = 32 * 1024
// A connection is known before the gateway lets posts through to it.
const youngMs = 10_000
const youngRetryMs = 300

/** What waits for one connection, in order. */
interface Outbox {
  userId: number
  connectionId: string
  batch: boolean
  connectedAt: number
  texts: string[]
}

/**
 * Posts replies and pushes: in the given order on each connection, connections in parallel.
 *
 * At most 1 s for a message and 5 s for all. A connection that is gone is forgotten; one that could not be reached in
 * time is marked, and told to catch up at its next frame. Fails only when Redis cannot say who is connected; the replies
 * have been posted even then.
 */
export async function deliver(
  clients: DeliveryClients,
  replies: readonly Reply[],
  pushes: readonly Push[],
): Promise<void> {
  const deadline = Date.now() + batchTimeoutMs
  const outboxes = new Map<string, Outbox>()
  for (const { userId, origin, frame } of replies) {
    const outbox = outboxOf(outboxes, userId, {
      connectionId: origin.connection_id,
      batch: origin.batch,
      connectedAt: 0,
    })
    outbox.texts.push(JSON.stringify(frame))
  }
  try {
    await resolveRecipients(clients, outboxes, pushes)
  } finally {
    await inParallel([...outboxes.values()], (outbox) => flush(clients, outbox, deadline))
  }
}

/**
 * Posts what follows from a change that is committed already. It never fails: who misses a post finds out by asking.
 */
export async function notify(clients: DeliveryClients, pushes: readonly Push[]): Promise<void> {
  try {
    await deliver(clients, [], pushes)
  } catch (error) {
    log.error('nobody was told', error)
  }
}

/** Tells both of two people that something between them has changed: each hears of the other. */
export function changeBetween(event: 'friend_accepted' | 'friend_removed', one: number, other: number): Push[] {
  return [
    { userIds: [other], frame: { type: FrameType.event, event, user_id: one } },
    { userIds: [one], frame: { type: FrameType.event, event, user_id: other } },
  ]
}

/**
 * Sends away the connections of sessions that have ended: each is told, then closed, and forgotten.
 *
 * A connection that cannot be reached is left to find out: its next frame is refused.
 */
export async function closeSessions(
  { redis, gateway }: DeliveryClients,
  userId: number,
  hasEnded: (sessionId: string) => boolean,
): Promise<void> {
  const recipients = (await presence.recipientsOf({ redis }, [userId])).get(userId) ?? []
  const text = JSON.stringify({ type: FrameType.goAway, reason: 'SESSION_ENDED', reconnect_after_ms: 0 })
  await inParallel(
    recipients.filter(({ sessionId }) => hasEnded(sessionId)),
    async ({ connectionId }) => {
      await gateway.post(connectionId, text, postTimeoutMs)
      await gateway.close(connectionId, postTimeoutMs)
      await presence.leave({ redis }, userId, connectionId)
    },
  )
}

async function resolveRecipients(
  { redis }: Pick<Clients, 'redis'>,
  outboxes: Map<string, Outbox>,
  pushes: readonly Push[],
): Promise<void> {
  if (pushes.length === 0) return
  const recipients = await presence.recipientsOf({ redis }, [...new Set(pushes.flatMap(({ userIds }) => userIds))])
  for (const { userIds, except, frame } of pushes) {
    // One text, however many get it.
    const text = JSON.stringify(frame)
    for (const userId of userIds) {
      for (const recipient of recipients.get(userId) ?? []) {
        if (recipient.connectionId !== except) outboxOf(outboxes, userId, recipient).texts.push(text)
      }
    }
  }
}

function outboxOf(
  outboxes: Map<string, Outbox>,
  userId: number,
  { connectionId, batch, connectedAt }: Pick<presence.Recipient, 'connectionId' | 'batch' | 'connectedAt'>,
): Outbox {
  const known = outboxes.get(connectionId)
  if (known) return known
  const outbox = { userId, connectionId, batch, connectedAt, texts: [] }
  outboxes.set(connectionId, outbox)
  return outbox
}

async function flush({ redis, gateway }: DeliveryClients, outbox: Outbox, deadline: number): Promise<void> {
  const { userId, connectionId } = outbox
  for (const text of outbox.batch ? packed(outbox.texts) : outbox.texts) {
    const posted = await post({ gateway }, outbox, text, deadline)
    if (posted === 'sent') continue
    log.info(posted === 'gone' ? 'connection is gone' : 'post given up', {
      connection_id: connectionId,
      user_id: userId,
    })
    // Presence heals itself; what matters is settled already.
    const note = posted === 'gone' ? presence.leave : presence.markMissed
    await note({ redis }, userId, connectionId).catch((error: unknown) => log.error('connection not noted', error))
    return
  }
}

async function post(
  { gateway }: Pick<Clients, 'gateway'>,
  outbox: Outbox,
  text: string,
  deadline: number,
): Promise<Posted> {
  const until = Math.min(Date.now() + postTimeoutMs, deadline)
  let isSecondLook = false
  for (let pauseMs = 50; ; pauseMs *= 2) {
    const remaining = until - Date.now()
    if (remaining <= 0) return 'failed'
    const posted = await gateway.post(outbox.connectionId, text, remaining)
    if (posted === 'sent') return posted
    if (posted === 'gone') {
      if (isSecondLook || Date.now() - outbox.connectedAt > youngMs) return posted
      isSecondLook = true
      await pause(youngRetryMs)
    } else {
      await pause(Math.min(pauseMs, Math.max(until - Date.now(), 0)))
    }
  }
}

/** As many frames in one message as fit 32 KB, as a JSON array; a frame above that travels alone. */
export function packed(texts: readonly string[]): string[] {
  const messages: string[] = []
  let group: string[] = []
  let bytes = 2
  const close = (): void => {
    const [first] = group
    if (first !== undefined) messages.push(group.length === 1 ? first : `[${group.join(',')}]`)
    group = []
    bytes = 2
  }
  for (const text of texts) {
    const size = Buffer.byteLength(text) + 1
    if (bytes + size > messageMaxBytes) close()
    group.push(text)
    bytes += size
  }
  close()
  return messages
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values()
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(parallelConnections, items.length) }, worker))
}
