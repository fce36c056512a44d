/** The consumer's work on a batch: store, then post. */
import type { Gateway } from '../client/gateway.ts'
import type { Db } from '../client/mysql.ts'
import type { Redis } from '../client/redis.ts'
import * as log from '../core/log.ts'
import { isOutage } from '../core/outage.ts'
import { answer } from '../core/refusal.ts'
import { FrameType, type MessageFrame, type RefusedFrame, type StoredFrame } from '../wire/frame.ts'
import type { Delivered, MessageRecord } from '../wire/record.ts'
import * as deadLetter from './dead-letter.ts'
import { type Answer, deliver, type Push } from './delivery.ts'
import { type Outcome, type Placed, store } from './persist.ts'
import { isDataError, isDuplicateKey } from './transaction.ts'

export interface Clients {
  db: Db
  redis: Redis
  gateway: Gateway
}

// A batch that comes again after its commit is posted again, unless that was long ago.
const repostMs = 10 * 60_000
const retryPauseMs = 250
// Kept free at the end of an invocation for the posts.
const postingMs = 6_000

/**
 * Stores a batch and posts it to those it concerns. Returns when every record is settled.
 *
 * While a dependency is away it tries again until the time left is what posting needs, then throws: the batch comes
 * again. A record that is bad in itself is filed as a dead letter and settled.
 */
export async function persist(
  { db, redis, gateway }: Clients,
  delivered: readonly Delivered<MessageRecord>[],
  deadline: number,
): Promise<void> {
  const outcomes = await retried(deadline - postingMs, async () => {
    await deadLetter.file(
      db,
      'undecodable',
      delivered.filter(({ value }) => value === undefined),
    )
    return await storeHalving(
      db,
      delivered.filter(({ value }) => value !== undefined),
    )
  })
  const now = Date.now()
  await deliver(
    { redis, gateway },
    outcomes.flatMap((outcome) => answersTo(outcome, now)),
    outcomes.flatMap((outcome) => pushesOf(outcome, now)),
  )
}

// A duplicate key is a race with another partition for the same client_msg_id: the next attempt sees the other's row.
async function retried<T>(until: number, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if ((!isOutage(error) && !isDuplicateKey(error)) || Date.now() + retryPauseMs > until) throw error
      log.error('batch is tried again', error)
      await new Promise((resolve) => setTimeout(resolve, retryPauseMs))
    }
  }
}

// Finds a record that the database refuses by halving; the parts before and after it are stored in their order.
async function storeHalving(db: Db, delivered: readonly Delivered<MessageRecord>[]): Promise<Outcome[]> {
  const records = delivered.flatMap(({ value }) => value ?? [])
  try {
    return await store(db, records, Date.now())
  } catch (error) {
    if (!isDataError(error)) throw error
    const [record] = records
    if (records.length === 1 && record) {
      await deadLetter.file(db, 'refused by the database', delivered)
      return [{ record, kind: 'refused', reason: 'UNPROCESSABLE' }]
    }
    const middle = Math.ceil(delivered.length / 2)
    const first = await storeHalving(db, delivered.slice(0, middle))
    return [...first, ...(await storeHalving(db, delivered.slice(middle)))]
  }
}

function answersTo(outcome: Outcome, now: number): Answer[] {
  const { record } = outcome
  const { from_id, origin, client_msg_id } = record
  const answerWith = (frame: Answer['frame']): Answer[] => [{ userId: from_id, origin, frame }]
  if (outcome.kind === 'refused') return answerWith(refusedFrame(record, outcome.reason))
  if (client_msg_id === undefined || isStale(outcome, now)) return []
  return answerWith(storedFrame(record, client_msg_id, outcome.placed, outcome.kind === 'resent'))
}

function pushesOf(outcome: Outcome, now: number): Push[] {
  if (outcome.kind === 'refused' || outcome.kind === 'resent' || isStale(outcome, now)) return []
  const { record, placed } = outcome
  const frame = messageFrame(record, placed)
  return [
    { userId: record.target_id, frame },
    { userId: record.from_id, except: record.origin.connection_id, frame },
  ]
}

const isStale = (outcome: Outcome, now: number): boolean =>
  outcome.kind === 'repeated' && outcome.placed.createdAt < now - repostMs

const seconds = (milliseconds: number): number => Math.floor(milliseconds / 1000)

function messageFrame(record: MessageRecord, { id, seq, createdAt }: Placed): MessageFrame {
  const { from_id, target_id, content, media, client_msg_id } = record
  return {
    type: FrameType.message,
    id,
    seq,
    from_id,
    from_user_id: from_id,
    target_id,
    content,
    media,
    send_time: seconds(createdAt),
    created_at: createdAt,
    ...(client_msg_id !== undefined && { client_msg_id }),
  }
}

function storedFrame(
  { target_id }: MessageRecord,
  client_msg_id: string,
  { id, seq, createdAt }: Placed,
  duplicate: boolean,
): StoredFrame {
  const send_time = seconds(createdAt)
  return { type: FrameType.stored, client_msg_id, id, seq, target_id, send_time, created_at: createdAt, duplicate }
}

function refusedFrame(
  { client_msg_id, origin }: MessageRecord,
  reason: Extract<Outcome, { kind: 'refused' }>['reason'],
): RefusedFrame {
  const { code, msg } = answer(reason, origin.language)
  return {
    type: FrameType.refused,
    ...(client_msg_id !== undefined && { client_msg_id }),
    code,
    reason,
    msg,
    retryable: false,
  }
}
