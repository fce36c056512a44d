/** The consumer: stores a batch, then posts it. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Clients, PushClients } from '../../client/clients.ts'
import { ChatType, keyOf } from '../../core/address.ts'
import * as log from '../../core/log.ts'
import * as metric from '../../core/metric.ts'
import { isOutage } from '../../core/outage.ts'
import { textMedia } from '../../schema/tables.ts'
import { FrameType } from '../../wire/frame.ts'
import { addressOfRecord, type ChatRecord, type Delivered, type MessageRecord } from '../../wire/record.ts'
import { frameOf } from '../../wire/refusal.ts'
import type { MessageChange, ServerFrame, StoredFrame } from '../../wire/server-frame.ts'
import * as callRule from '../call/rule.ts'
import { deliver, notify, type Push, type Reply } from '../connection/delivery.ts'
import * as slice from '../connection/slice.ts'
import { messageFrame, type StoredForPush, secondsOf } from '../conversation/message-frame.ts'
import * as readMark from '../conversation/read-mark.ts'
import { stateOf, textOf } from './change.ts'
import * as deadLetter from './dead-letter.ts'
import { isStorable, type Outcome, type Placed, type Storable } from './resolve.ts'
import { salvage } from './salvage.ts'

// A redelivered message is posted again, unless it was stored longer ago than this.
const repostMs = 10 * 60_000
// Older typing is not pushed, since it is probably over.
const typingMs = 10_000
const retryPauseMs = 250
// Reserved at the end of an invocation for the posts.
const postingMs = 6_000

/**
 * Stores a batch and posts the outcomes. When it returns, every record is stored, refused or filed as a dead letter,
 * and the batch may be committed.
 *
 * During an outage it retries until only the time for posts is left, then throws, and the batch is redelivered. A record
 * that can never be stored is filed as a dead letter. It writes one line of metrics, also when it throws.
 *
 * What is pushed to more than 500 users is written to the topic of slices, and posted from there. While Kafka is away it throws; what Kafka
 * refuses for good is posted at once, within the bounds of one delivery and with a line of metrics of its own.
 */
export async function consume(
  clients: PushClients,
  delivered: readonly Delivered<ChatRecord>[],
  deadline: number,
): Promise<void> {
  const now = Date.now()
  const metrics: metric.Metrics = { Lag: now - Math.min(now, ...delivered.map(({ timestamp }) => timestamp)) }
  const refusals: Record<string, number> = {}
  try {
    const stored = await storeAll(clients, delivered, deadline)
    const calls = await applyCalls(clients, stored, deadline)
    const outcomes = [...stored, ...calls.outcomes]
    Object.assign(metrics, countOutcomes(delivered.length, outcomes, refusals))
    Object.assign(metrics, await deliverAll(clients, outcomes, calls))
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

interface Calls extends Pick<callRule.Told, 'pushes' | 'answers'> {
  outcomes: Outcome[]
}

// Calls are between friends as of the transaction before. What ends one is told of by a message, in a transaction of its own.
async function applyCalls({ db, redis }: Clients, stored: readonly Outcome[], deadline: number): Promise<Calls> {
  const records = stored.flatMap(({ kind, record }) => (kind === 'call' && callRule.isNamed(record) ? [record] : []))
  if (records.length === 0) return { outcomes: [], pushes: [], answers: [] }
  const { pushes, answers, refused, notices } = await callRule.apply({ redis }, records, Date.now())
  const values = notices.map((value) => ({ value }))
  const told = await retried(deadline - postingMs, () => salvage({ db }, values))
  const refusals = refused.map((one): Outcome => ({ kind: 'refused', ...one }))
  return { pushes, answers, outcomes: [...refusals, ...told.outcomes] }
}

async function deliverAll(
  { redis, gateway, slices }: PushClients,
  outcomes: readonly Outcome[],
  calls: Calls,
): Promise<metric.Metrics> {
  const now = Date.now()
  const answers = calls.answers.map(({ record: { from_id: userId, origin }, frame }) => ({ userId, origin, frame }))
  const replies = [...outcomes.flatMap((outcome) => repliesTo(outcome, now)), ...answers]
  const pushes = [...calls.pushes]
  const large: slice.KeyedPush[] = []
  for (const outcome of outcomes) {
    for (const push of pushesOf(outcome, now)) {
      if (push.userIds.length <= slice.directMost) pushes.push(push)
      else large.push({ ...push, key: keyOf(addressOfRecord(outcome.record)) })
    }
  }
  const [posted, sent] = await Promise.allSettled([
    deliver({ redis, gateway }, replies, pushes),
    slice.send({ slices }, large),
  ])
  if (posted.status === 'rejected') throw posted.reason
  if (sent.status === 'rejected') {
    if (isOutage(sent.reason)) throw sent.reason
    // It would be refused for ever, and with it all that shares the partition.
    log.error('slices not written', sent.reason)
    await notify({ redis, gateway }, large)
  }
  return posted.value
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
      return isFromDevice(outcome)
        ? [{ userId, origin, frame: frameOf(outcome, origin.language, idsOf(outcome.record)) }]
        : []
    }
    case 'stored':
    case 'repeated':
    case 'resent': {
      const { client_msg_id } = outcome.record
      if (client_msg_id === undefined || isStale(outcome, now) || !isFromDevice(outcome)) return []
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
      return pushesOfMessage(outcome)
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
      // What has a `call_id` follows rules of its own.
      const frame = callRule.isNamed(outcome.record) ? undefined : callRule.relayOf(outcome.record, now)
      return frame ? [{ userIds: outcome.recipients, frame }] : []
    }
    default:
      return []
  }
}

/** The message that tells of a call came from none. */
const isFromDevice = ({ record }: Outcome): boolean => record.origin.connection_id !== ''

function idsOf(record: ChatRecord): Parameters<typeof frameOf>[2] {
  if (isStorable(record) && record.client_msg_id !== undefined) return { client_msg_id: record.client_msg_id }
  return record.kind === 'call' && record.call_id !== undefined ? { call_id: record.call_id } : {}
}

const isStale = (outcome: Extract<Outcome, { placed: Placed }>, now: number): boolean =>
  outcome.kind === 'repeated' && outcome.placed.createdAt < now - repostMs

type Told = Extract<Outcome, { sender: unknown }>

// Who may not see the message that a change is about learns only that it was changed: without this, a seq would be missing.
function pushesOfMessage(outcome: Told): Push[] {
  const { record, changed, recipients } = outcome
  const except = record.origin.connection_id
  if (record.kind === 'message')
    return [{ userIds: recipients, except, frame: pushFrame(outcome, textOfMessage(record)) }]
  const { seq, action } = record
  const said = { content: textOf(record), media: textMedia }
  const viewers = new Set(changed?.viewers)
  const frameWith = (change: MessageChange) => pushFrame(outcome, { ...said, change })
  const seeing = { userIds: recipients.filter((id) => viewers.has(id)), except }
  const others = { userIds: recipients.filter((id) => !viewers.has(id)), except }
  return [
    ...(changed ? [{ ...seeing, frame: frameWith({ seq, action, message: stateOf(changed.target) }) }] : []),
    { ...others, frame: frameWith({ seq, action }) },
  ].filter(({ userIds }) => userIds.length > 0)
}

const textOfMessage = ({ content, media, reply_to: replyTo }: MessageRecord) => ({ content, media, replyTo })

function pushFrame(
  { record, placed, sender, mentions }: Told,
  text: Pick<StoredForPush, 'content' | 'media' | 'replyTo' | 'change'>,
): ServerFrame {
  const { chat_type: chatType, from_id: fromId, target_id: targetId, client_msg_id: clientMessageId } = record
  return messageFrame({ chatType, fromId, targetId, clientMessageId, mentions, ...text, ...placed }, sender)
}

function storedFrame(
  { target_id, chat_type }: Storable,
  client_msg_id: string,
  { id, seq, createdAt }: Placed,
  duplicate: boolean,
): StoredFrame {
  const send_time = secondsOf(createdAt)
  const target = { target_id, ...(chat_type === ChatType.group && { chat_type }) }
  return { type: FrameType.stored, client_msg_id, id, seq, ...target, send_time, created_at: createdAt, duplicate }
}
