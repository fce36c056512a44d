/** The consumer: stores a batch, then posts it. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Clients } from '../../client/clients.ts'
import { ChatType } from '../../core/address.ts'
import * as log from '../../core/log.ts'
import * as metric from '../../core/metric.ts'
import { isOutage } from '../../core/outage.ts'
import { FrameType } from '../../wire/frame.ts'
import type { ChatRecord, Delivered, MessageRecord } from '../../wire/record.ts'
import { frameOf } from '../../wire/refusal.ts'
import type { ServerFrame, StoredFrame } from '../../wire/server-frame.ts'
import { deliver, type Push, type Reply } from '../connection/delivery.ts'
import { messageFrame, secondsOf } from '../conversation/message-frame.ts'
import * as readMark from '../conversation/read-mark.ts'
import * as deadLetter from './dead-letter.ts'
import type { Outcome, Placed } from './resolve.ts'
import { salvage } from './salvage.ts'

// A redelivered message is posted again, unless it was stored longer ago than this.
const repostMs = 10 * 60_000
// Older typing is not pushed, since it is probably over; nor is an older call, which nobody waits for any more.
const typingMs = 10_000
const callMs = 30_000
const retryPauseMs = 250
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

// What is rejected is filed by a loop of its own: while the database is away, nothing is filed or counted again and again.
async function storeAll(
  { db }: Pick<Clients, 'db'>,
  delivered: readonly Delivered<ChatRecord>[],
  deadline: number,
): Promise<Outcome[]> {
  const until = deadline - postingMs
  const { outcomes, rejected } = await retried(until, () => salvage({ db }, delivered))
  await retried(until, () => deadLetter.file({ db }, rejected))
  return outcomes
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

async function retried<T>(until: number, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isOutage(error) || Date.now() + retryPauseMs > until) throw error
      log.error('batch retried', error)
      await pause(retryPauseMs)
    }
  }
}

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
      return [{ userIds: outcome.recipients, except: origin.connection_id, frame: pushFrame(outcome) }]
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
    case 'call': {
      const { requested_at, content } = outcome.record
      if (requested_at < now - callMs) return []
      const times = { send_time: secondsOf(requested_at), created_at: requested_at }
      return [{ userIds: outcome.recipients, frame: { type: FrameType.call, from_id, content, ...times } }]
    }
    default:
      return []
  }
}

const isStale = (outcome: Extract<Outcome, { placed: Placed }>, now: number): boolean =>
  outcome.kind === 'repeated' && outcome.placed.createdAt < now - repostMs

function pushFrame({ record, placed, sender }: Extract<Outcome, { sender: unknown }>): ServerFrame {
  const { chat_type: chatType, from_id: fromId, target_id: targetId, client_msg_id: clientMessageId } = record
  const { content, media } = record
  return messageFrame({ chatType, fromId, targetId, clientMessageId, content, media, ...placed }, sender)
}

function storedFrame(
  { target_id, chat_type }: MessageRecord,
  client_msg_id: string,
  { id, seq, createdAt }: Placed,
  duplicate: boolean,
): StoredFrame {
  const send_time = secondsOf(createdAt)
  const target = { target_id, ...(chat_type === ChatType.group && { chat_type }) }
  return { type: FrameType.stored, client_msg_id, id, seq, ...target, send_time, created_at: createdAt, duplicate }
}
