/** Delivery: frames to connections, in order on each, within bounds. */
import type { Clients } from '../../client/clients.ts'
import * as log from '../../core/log.ts'
import * as metric from '../../core/metric.ts'
import { FrameType } from '../../wire/frame.ts'
import type { Origin } from '../../wire/record.ts'
import type { ServerFrame } from '../../wire/server-frame.ts'
import { Budgets, batchBounds, flushAll, type Outbox, outboxOf, type PostClients, type PostMetrics } from './outbox.ts'
import { overBy, type Recipient, recipientsOf } from './recipient.ts'

/** A frame for the connection that a record names. */
export interface Reply {
  userId: number
  origin: Origin
  frame: ServerFrame
}

/** A frame for all connections of some users, except the connection `except`. */
export interface Push {
  userIds: readonly number[]
  except?: string
  frame: ServerFrame
}

/**
 * Posts replies and pushes: in the given order on each connection, connections in parallel.
 *
 * At most 1 s for a message, 5 s and `maxPosts` for all, replies first. One user's connections take 1,000 posts at most, and are waited for
 * together when they do not take one, 1 s; everyone's first connection comes before anyone's second, so that whoever has many
 * holds up nobody else. A gone connection is removed from presence. One
 * that was not reached within these bounds is marked, and its next frame is answered with `resync`. A connection whose token
 * has expired or whose session has ended gets no push: it is told so, closed and removed from presence. Throws only when
 * Redis does not return the recipients; even then the replies have been posted.
 *
 * Returns the metrics of its posts, for the line that its caller writes.
 */
export async function deliver(
  clients: PostClients,
  replies: readonly Reply[],
  pushes: readonly Push[],
  maxPosts: number = batchBounds.posts,
): Promise<PostMetrics> {
  const metrics: PostMetrics = {}
  const budgets = new Budgets({ ...batchBounds, posts: maxPosts })
  const outboxes = new Map<string, Outbox>()
  for (const { userId, origin, frame } of replies) {
    const outbox = outboxOf(outboxes, userId, {
      connectionId: origin.connection_id,
      takesArrays: origin.batch,
      connectedAt: 0,
    })
    outbox.texts.push(JSON.stringify(frame))
  }
  try {
    await resolveRecipients(clients, outboxes, pushes)
  } finally {
    await flushAll(clients, outboxes, budgets, metrics)
  }
  return metrics
}

/**
 * Posts the events of a committed change. It never throws: a client that misses one sees the change when it next asks.
 */
export async function notify(clients: PostClients, pushes: readonly Push[]): Promise<void> {
  try {
    metric.put(await deliver(clients, [], pushes))
  } catch (error) {
    log.error('notification failed', error)
  }
}

/** The pushes for a change between two users: each gets an event that names the other. */
export function changeBetween(event: 'friend_accepted' | 'friend_removed', one: number, other: number): Push[] {
  return [
    { userIds: [other], frame: { type: FrameType.event, event, user_id: one } },
    { userIds: [one], frame: { type: FrameType.event, event, user_id: other } },
  ]
}

/**
 * Closes the connections of a user's sessions that have ended: each gets a `goAway` frame, is closed and removed from presence.
 *
 * If a connection cannot be reached, its next frame is refused, and closes it.
 */
export async function closeSessions(clients: PostClients, userId: number): Promise<void> {
  const recipients = (await recipientsOf(clients, [userId])).get(userId) ?? []
  const now = Date.now()
  const metrics: PostMetrics = {}
  const outboxes = new Map<string, Outbox>()
  for (const recipient of recipients) {
    const over = overBy(recipient, now)
    if (over) outboxOf(outboxes, userId, recipient).over = over
  }
  await flushAll(clients, outboxes, new Budgets(batchBounds), metrics)
  metric.put(metrics)
}

async function resolveRecipients(
  { redis }: Pick<Clients, 'redis'>,
  outboxes: Map<string, Outbox>,
  pushes: readonly Push[],
): Promise<void> {
  if (pushes.length === 0) return
  const recipients = await recipientsOf({ redis }, [...new Set(pushes.flatMap(({ userIds }) => userIds))])
  const now = Date.now()
  for (const push of pushes) put(outboxes, recipients, push, now)
}

/** Puts a push into the outboxes of its recipients. */
export function put(
  outboxes: Map<string, Outbox>,
  recipients: ReadonlyMap<number, readonly Recipient[]>,
  { userIds, except, frame }: Push,
  now: number,
  isLate = false,
): void {
  // Serialised once for all recipients.
  const text = JSON.stringify(frame)
  for (const userId of userIds) {
    for (const recipient of recipients.get(userId) ?? []) {
      if (recipient.connectionId === except) continue
      const outbox = outboxOf(outboxes, userId, recipient)
      outbox.over ??= overBy(recipient, now)
      if (outbox.over) continue
      outbox.texts.push(text)
      if (isLate) outbox.late = (outbox.late ?? 0) + 1
    }
  }
}
