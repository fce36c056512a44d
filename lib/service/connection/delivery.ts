/** Delivery: frames to connections, in order on each, within bounds. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Clients } from '../../client/clients.ts'
import type { Posted } from '../../client/gateway.ts'
import { inParallel } from '../../core/in-parallel.ts'
import * as log from '../../core/log.ts'
import * as metric from '../../core/metric.ts'
import { FrameType } from '../../wire/frame.ts'
import type { Origin } from '../../wire/record.ts'
import type { ServerFrame } from '../../wire/server-frame.ts'
import { goAway } from './dismissal.ts'
import * as presence from './presence.ts'

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

type DeliveryClients = Pick<Clients, 'redis' | 'gateway'>

const postTimeoutMs = 1_000
const batchTimeoutMs = 5_000
const batchMaxPosts = 5_000
// What is left of both for others, whatever one user has open or does not read.
const userMaxPosts = 1_000
// A connection's first post has so much at least, though others of its user have used up the time to wait.
const hurryMs = 100
const parallelConnections = 32
// The gateway bills messages in units of 32 KB.
const messageMaxBytes = 32 * 1024
// Redis knows a new connection before the gateway accepts posts to it.
const youngMs = 10_000
const youngRetryMs = 300

/** What is left of a delivery's bounds, for all or for one user. */
interface Budget {
  deadline: number
  posts: number
}

/** The metric that counts each outcome of a post. */
const metricOf = {
  sent: 'Pushed',
  gone: undefined,
  failed: 'PostsGivenUp',
  refused: 'PostsRefused',
} as const satisfies Record<Posted, metric.Metric | undefined>

/** How each outcome that is not `sent` is logged. */
const logOf = {
  gone: (fields: log.Fields) => log.info('connection gone', fields),
  failed: (fields: log.Fields) => log.info('post failed', fields),
  refused: (fields: log.Fields) => log.error('post refused', 'the gateway answered 401 or 403', fields),
} as const satisfies Record<Exclude<Posted, 'sent'>, (fields: log.Fields) => void>

/** Only what happened is in it: most batches have no posts that were refused or given up. */
type PostMetrics = Partial<Record<'Pushed' | 'PostsGivenUp' | 'PostsRefused', number>> & { PostLatency?: number[] }

/** The frames for one connection, in order. */
interface Outbox {
  userId: number
  connectionId: string
  takesArrays: boolean
  connectedAt: number
  texts: string[]
  /** It is told why, after its frames, and closed. */
  over?: presence.Over
}

/** The bounds of all, and each user's own share in them. */
class Budgets {
  readonly all: Budget
  readonly #shares = new Map<number, Budget>()

  constructor(posts: number) {
    this.all = { deadline: Date.now() + batchTimeoutMs, posts }
  }

  of(userId: number): Budget {
    const known = this.#shares.get(userId)
    if (known) return known
    const share = { deadline: this.all.deadline, posts: userMaxPosts }
    this.#shares.set(userId, share)
    return share
  }
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
  clients: DeliveryClients,
  replies: readonly Reply[],
  pushes: readonly Push[],
  maxPosts: number = batchMaxPosts,
): Promise<PostMetrics> {
  const metrics: PostMetrics = {}
  const budgets = new Budgets(maxPosts)
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
export async function notify(clients: DeliveryClients, pushes: readonly Push[]): Promise<void> {
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
export async function closeSessions(clients: DeliveryClients, userId: number): Promise<void> {
  const recipients = (await presence.recipientsOf(clients, [userId])).get(userId) ?? []
  const now = Date.now()
  const metrics: PostMetrics = {}
  const outboxes = new Map<string, Outbox>()
  for (const recipient of recipients) {
    const over = presence.overBy(recipient, now)
    if (over) outboxOf(outboxes, userId, recipient).over = over
  }
  await flushAll(clients, outboxes, new Budgets(batchMaxPosts), metrics)
  metric.put(metrics)
}

async function resolveRecipients(
  { redis }: Pick<Clients, 'redis'>,
  outboxes: Map<string, Outbox>,
  pushes: readonly Push[],
): Promise<void> {
  if (pushes.length === 0) return
  const recipients = await presence.recipientsOf({ redis }, [...new Set(pushes.flatMap(({ userIds }) => userIds))])
  const now = Date.now()
  for (const { userIds, except, frame } of pushes) {
    // Serialised once for all recipients.
    const text = JSON.stringify(frame)
    for (const userId of userIds) {
      for (const recipient of recipients.get(userId) ?? []) {
        if (recipient.connectionId === except) continue
        const outbox = outboxOf(outboxes, userId, recipient)
        outbox.over ??= presence.overBy(recipient, now)
        if (!outbox.over) outbox.texts.push(text)
      }
    }
  }
}

function outboxOf(
  outboxes: Map<string, Outbox>,
  userId: number,
  { connectionId, takesArrays, connectedAt }: Pick<presence.Recipient, 'connectionId' | 'takesArrays' | 'connectedAt'>,
): Outbox {
  const known = outboxes.get(connectionId)
  if (known) return known
  const outbox: Outbox = { userId, connectionId, takesArrays, connectedAt, texts: [] }
  outboxes.set(connectionId, outbox)
  return outbox
}

async function flushAll(
  clients: DeliveryClients,
  outboxes: ReadonlyMap<string, Outbox>,
  budgets: Budgets,
  metrics: PostMetrics,
): Promise<void> {
  await inParallel(inTurns(outboxes.values()), parallelConnections, (outbox) =>
    flush(clients, outbox, budgets, metrics),
  )
}

/** The first of each user, then the second, and so on: those of a user stay in their order, and so do the users. */
function inTurns(outboxes: Iterable<Outbox>): Outbox[] {
  const rounds: Outbox[][] = []
  for (const own of Map.groupBy(outboxes, ({ userId }) => userId).values()) {
    for (const [round, outbox] of own.entries()) {
      rounds[round] ??= []
      rounds[round].push(outbox)
    }
  }
  return rounds.flat()
}

async function flush(clients: DeliveryClients, outbox: Outbox, budgets: Budgets, metrics: PostMetrics): Promise<void> {
  const { userId, connectionId, over } = outbox
  const texts = over ? [...outbox.texts, goAway(over)] : outbox.texts
  for (const text of outbox.takesArrays ? packed(texts) : texts) {
    const started = performance.now()
    const posted = await post(clients, outbox, text, budgets)
    countPost(metrics, posted, performance.now() - started)
    if (posted === 'sent') continue
    logOf[posted]({ connection_id: connectionId, user_id: userId })
    // The messages are stored, so a failure here must not fail the batch.
    const update = posted === 'gone' ? presence.leave : presence.markMissed
    await update(clients, userId, connectionId).catch(logFailure)
    break
  }
  if (over) await closed(clients, outbox, budgets.all)
}

// Removed first: should the connection not be closed, it is sent nothing more, and its next frame is refused.
async function closed(clients: DeliveryClients, { userId, connectionId }: Outbox, budget: Budget): Promise<void> {
  await presence.leave(clients, userId, connectionId).catch(logFailure)
  const remaining = Math.min(postTimeoutMs, budget.deadline - Date.now())
  if (remaining > 0) await clients.gateway.close(connectionId, remaining)
}

const logFailure = (error: unknown): void => log.error('presence update failed', error)

function countPost(metrics: PostMetrics, posted: Posted, latencyMs: number): void {
  const name = metricOf[posted]
  if (name) metrics[name] = (metrics[name] ?? 0) + 1
  if (posted !== 'sent') return
  metrics.PostLatency ??= []
  metrics.PostLatency.push(Math.round(latencyMs))
}

async function post(
  { gateway }: Pick<Clients, 'gateway'>,
  outbox: Outbox,
  text: string,
  budgets: Budgets,
): Promise<Posted> {
  const { all } = budgets
  const share = budgets.of(outbox.userId)
  const until = Math.min(Date.now() + postTimeoutMs, all.deadline)
  let isSecondLook = false
  for (let pauseMs = 50, hurry = hurryMs; ; pauseMs *= 2, hurry = 0) {
    const now = Date.now()
    const remaining = Math.min(until - now, Math.max(share.deadline - now, hurry))
    if (remaining <= 0 || all.posts <= 0 || share.posts <= 0) return 'failed'
    all.posts -= 1
    share.posts -= 1
    const posted = await gateway.post(outbox.connectionId, text, remaining)
    if (posted === 'sent' || posted === 'refused') return posted
    if (posted === 'gone') {
      if (isSecondLook || Date.now() - outbox.connectedAt > youngMs) return posted
      isSecondLook = true
      await pause(youngRetryMs)
    } else {
      // From now on the user's connections wait together.
      share.deadline = Math.min(share.deadline, until)
      await pause(Math.min(pauseMs, Math.max(share.deadline - Date.now(), 0)))
    }
  }
}

// Joins frames to JSON arrays of at most 32 KB; a larger frame is sent alone.
function packed(texts: readonly string[]): string[] {
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
