/** The consumer: stores a batch, then posts it. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Clients } from '../../client/clients.ts'
import { ChatType } from '../../core/address.ts'
import * as log from '../../core/log.ts'
import * as metric from '../../core/metric.ts'
import { isOutage } from '../../core/outage.ts'
import { FrameType, type ServerFrame, type StoredFrame } from '../../wire/frame.ts'
import type { ChatRecord, Delivered, MessageRecord } from '../../wire/record.ts'
import { frameOf } from '../../wire/refusal.ts'
import { deliver, type Push, type Reply } from '../connection/delivery.ts'
import * as readMark from '../conversation/read-mark.ts'
import { isDataError, isDuplicateKey } from '../store/transaction.ts'
import * as deadLetter from './dead-letter.ts'
import type { Outcome, Placed } from './resolve.ts'
import { store } from './store.ts'

// A redelivered message is posted again, unless it was stored longer ago than this.
const repostMs = 10 * 60_000
// Older typing is not pushed, since it is probably over.
const typingMs = 10_000
const retryPauseMs = 250
const bugAttempts = 3
// Reserved at the end of an invocation for the posts.
const postingMs = 6_000

/**
 * Stores a batch and posts the outcomes. When it returns, every record is stored, refused or filed as a dead letter,
 * and the batch may be committed.
 *
 * During an outage it retries until only the time for posts is left, then throws, and the batch is redelivered. A record
 * that can never be stored is filed as a dead letter. It writes one line of metrics, also when it throws.
 */
export async function consume(
  clients: Clients,
  delivered: readonly Delivered<ChatRecord>[],
  deadline: number,
): Promise<void> {
  const now = Date.now()
  const metrics: metric.Metrics = { Lag: now - Math.min(now, ...delivered.map(({ timestamp }) => timestamp)) }
  const refusals: Record<string, number> = {}
  try {
    const outcomes = await storeAll(clients, delivered, deadline)
    Object.assign(metrics, countOutcomes(delivered.length, outcomes, refusals))
    Object.assign(metrics, await deliverAll(clients, outcomes))
  } finally {
    metric.put(metrics, refusals)
  }
}

async function storeAll(
  { db }: Pick<Clients, 'db'>,
  delivered: readonly Delivered<ChatRecord>[],
  deadline: number,
): Promise<Outcome[]> {
  return await retried(deadline - postingMs, async () => {
    await deadLetter.file(
      { db },
      'undecodable',
      delivered.filter(({ value }) => value === undefined),
    )
    return await storeHalving(
      { db },
      delivered.filter(({ value }) => value !== undefined),
    )
  })
}

function deliverAll({ redis, gateway }: Clients, outcomes: readonly Outcome[]): Promise<metric.Metrics> {
  const now = Date.now()
  return deliver(
    { redis, gateway },
    outcomes.flatMap((outcome) => repliesTo(outcome, now)),
    outcomes.flatMap((outcome) => pushesOf(outcome, now)),
  )
}

// The sum of batch sizes is what was accepted: counted here, since a line for each frame would cost more than the rest of
// its log. A batch that comes again is counted again.
function countOutcomes(size: number, outcomes: readonly Outcome[], refusals: Record<string, number>): metric.Metrics {
  let stored = 0
  let refused = 0
  for (const outcome of outcomes) {
    if (outcome.kind === 'stored') stored += 1
    if (outcome.kind !== 'refused') continue
    refused += 1
    refusals[outcome.reason] = (refusals[outcome.reason] ?? 0) + 1
  }
  return { BatchSize: size, Stored: stored, ...(refused > 0 && { Refused: refused }) }
}

// A duplicate key means that another partition stored the same client_msg_id meanwhile; the retry sees that row.
async function retried<T>(until: number, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if ((!isOutage(error) && !isDuplicateKey(error)) || Date.now() + retryPauseMs > until) throw error
      log.error('batch retried', error)
      await pause(retryPauseMs)
    }
  }
}

// Finds a record that the database rejects, or that makes our own code throw, by halving; the other records are stored in
// order. An exception of ours counts after several attempts, since a driver may throw one while its server goes down.
async function storeHalving(
  { db }: Pick<Clients, 'db'>,
  delivered: readonly Delivered<ChatRecord>[],
  attempt = 1,
): Promise<Outcome[]> {
  const records = delivered.flatMap(({ value }) => value ?? [])
  try {
    return await store({ db }, records, Date.now())
  } catch (error) {
    if (!isDataError(error) && !isBug(error)) throw error
    const [record] = records
    if (records.length === 1 && record) {
      if (isBug(error) && attempt < bugAttempts) {
        await pause(retryPauseMs)
        return await storeHalving({ db }, delivered, attempt + 1)
      }
      const reason = isBug(error) ? `fault: ${error.name}` : 'rejected by the database'
      log.error('record rejected', error, { record_id: record.record_id })
      await deadLetter.file({ db }, reason, delivered)
      return [{ record, kind: 'refused', reason: 'UNPROCESSABLE' }]
    }
    const middle = Math.ceil(delivered.length / 2)
    const first = await storeHalving({ db }, delivered.slice(0, middle))
    return [...first, ...(await storeHalving({ db }, delivered.slice(middle)))]
  }
}

// Errors of our own code: the same record causes them again.
const isBug = (error: unknown): error is Error =>
  error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError

function repliesTo(outcome: Outcome, now: number): Reply[] {
  const { from_id: userId, origin } = outcome.record
  switch (outcome.kind) {
    case 'refused': {
      const id = outcome.record.kind === 'message' ? outcome.record.client_msg_id : undefined
      return [{ userId, origin, frame: frameOf(outcome, origin.language, id) }]
    }
    case 'stored':
    case 'repeated':
    case 'resent': {
      const { client_msg_id } = outcome.record
      if (client_msg_id === undefined || isStale(outcome, now)) return []
      const frame = storedFrame(outcome.record, client_msg_id, outcome.placed, outcome.kind === 'resent')
      return [{ userId, origin, frame }]
    }
    default:
      return []
  }
}

function pushesOf(outcome: Outcome, now: number): Push[] {
  const { from_id, target_id, chat_type, origin } = outcome.record
  switch (outcome.kind) {
    case 'stored':
    case 'repeated':
      if (isStale(outcome, now)) return []
      return [{ userIds: outcome.recipients, except: origin.connection_id, frame: messageFrame(outcome) }]
    case 'read': {
      const read = { reader: from_id, target: target_id, chatType: chat_type, seq: outcome.seq }
      return [readMark.pushOf(outcome.recipients, read, origin.connection_id)]
    }
    case 'typing': {
      const { requested_at, typing } = outcome.record
      if (requested_at < now - typingMs) return []
      const group = chat_type === ChatType.group ? { target_id, chat_type } : {}
      return [{ userIds: outcome.recipients, frame: { type: FrameType.typing, from_id, ...group, typing } }]
    }
    default:
      return []
  }
}

const isStale = (outcome: Extract<Outcome, { placed: Placed }>, now: number): boolean =>
  outcome.kind === 'repeated' && outcome.placed.createdAt < now - repostMs

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000)

function messageFrame({ record, placed, sender }: Extract<Outcome, { sender: unknown }>): ServerFrame {
  const { from_id, target_id, chat_type, content, media, client_msg_id } = record
  const message = {
    id: placed.id,
    seq: placed.seq,
    from_id,
    from_user_id: from_id,
    target_id,
    content,
    media,
    send_time: seconds(placed.createdAt),
    created_at: placed.createdAt,
    ...(client_msg_id !== undefined && { client_msg_id }),
  }
  if (chat_type === ChatType.direct) return { type: FrameType.message, ...message }
  const { nickname = '', avatar = '' } = sender ?? {}
  return { type: FrameType.groupMessage, ...message, nickname, avatar }
}

function storedFrame(
  { target_id, chat_type }: MessageRecord,
  client_msg_id: string,
  { id, seq, createdAt }: Placed,
  duplicate: boolean,
): StoredFrame {
  const send_time = seconds(createdAt)
  const target = { target_id, ...(chat_type === ChatType.group && { chat_type }) }
  return { type: FrameType.stored, client_msg_id, id, seq, ...target, send_time, created_at: createdAt, duplicate }
}
