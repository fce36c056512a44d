/** Outboxes: the frames for each connection, posted in their order, within bounds. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Clients } from '../../client/clients.ts'
import type { Posted } from '../../client/gateway.ts'
import { inParallel } from '../../core/in-parallel.ts'
import * as log from '../../core/log.ts'
import type * as metric from '../../core/metric.ts'
import { goAway } from './dismissal.ts'
import * as presence from './presence.ts'
import { markMissed, type Over, type Recipient } from './recipient.ts'

export type PostClients = Pick<Clients, 'redis' | 'gateway'>

const postTimeoutMs = 1_000

/** The bounds of a delivery: of its posts together, and of the time for them. */
export interface Bounds {
  posts: number
  ms: number
}

export const batchBounds: Bounds = { posts: 5_000, ms: 5_000 }
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
export type PostMetrics = Partial<Record<'Pushed' | 'PostsGivenUp' | 'PostsRefused', number>> & {
  PostLatency?: number[]
}

/** The frames for one connection, in order. */
export interface Outbox {
  userId: number
  connectionId: string
  takesArrays: boolean
  connectedAt: number
  texts: string[]
  /** How many of its frames come late; absent if none does. */
  late?: number
  /** It is told why, after its frames, and closed. */
  over?: Over
}

/** The bounds of all, and each user's own share in them. */
export class Budgets {
  readonly all: Budget
  readonly #shares = new Map<number, Budget>()

  constructor({ posts, ms }: Bounds) {
    this.all = { deadline: Date.now() + ms, posts }
  }

  of(userId: number): Budget {
    const known = this.#shares.get(userId)
    if (known) return known
    const share = { deadline: this.all.deadline, posts: userMaxPosts }
    this.#shares.set(userId, share)
    return share
  }
}

/** The outbox of a connection, a new one if there is none. */
export function outboxOf(
  outboxes: Map<string, Outbox>,
  userId: number,
  { connectionId, takesArrays, connectedAt }: Pick<Recipient, 'connectionId' | 'takesArrays' | 'connectedAt'>,
): Outbox {
  const known = outboxes.get(connectionId)
  if (known) return known
  const outbox: Outbox = { userId, connectionId, takesArrays, connectedAt, texts: [] }
  outboxes.set(connectionId, outbox)
  return outbox
}

/** Posts what is in them: connections in parallel, everyone's first before anyone's second. It never throws. */
export async function flushAll(
  clients: PostClients,
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

async function flush(clients: PostClients, outbox: Outbox, budgets: Budgets, metrics: PostMetrics): Promise<void> {
  const { userId, connectionId, over } = outbox
  const texts = over ? [...outbox.texts, goAway(over)] : outbox.texts
  for (const text of outbox.takesArrays ? packed(texts) : texts) {
    const started = performance.now()
    const posted = await post(clients, outbox, text, budgets)
    countPost(metrics, posted, performance.now() - started)
    if (posted === 'sent') continue
    logOf[posted]({ connection_id: connectionId, user_id: userId })
    // The messages are stored, so a failure here must not fail the batch.
    const update = posted === 'gone' ? presence.leave : markMissed
    await update(clients, userId, connectionId).catch(logFailure)
    break
  }
  if (over) await closed(clients, outbox, budgets.all)
}

// Removed first: should the connection not be closed, it is sent nothing more, and its next frame is refused.
async function closed(clients: PostClients, { userId, connectionId }: Outbox, budget: Budget): Promise<void> {
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
