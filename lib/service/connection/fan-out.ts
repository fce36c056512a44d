/**
 * The fan-out: posts slices, each to some members of a large group.
 *
 * It catches up by itself: what comes late is not posted to connections that take arrays, which are told to ask for it.
 */
import type { Topic } from '../../client/kafka.ts'
import * as log from '../../core/log.ts'
import * as metric from '../../core/metric.ts'
import type { Delivered, SliceRecord } from '../../wire/record.ts'
import { put } from './delivery.ts'
import { tellToCatchUp } from './lag.ts'
import { Budgets, flushAll, type Outbox, type PostClients, type PostMetrics } from './outbox.ts'
import { recipientsOf } from './recipient.ts'

export interface FanOutClients extends PostClients {
  deadLetters: Topic
}

type Slice = Delivered<SliceRecord> & { value: SliceRecord }

// A slice names 1,000 users at most, and a batch is of ten: one post for each of their connections, and as many again.
const bounds = { posts: 20_000, ms: 20_000 }
const lateMs = 2_000

/**
 * Posts the slices of a batch: in their order on each connection, connections in parallel, within 20 s and 20,000 posts; what is beyond
 * is marked, as for `deliver`. A record that cannot be read is sent to the dead letters.
 *
 * A slice is late 2 s after it was written. A connection with late frames, or with more than a hundred, gets one `resync` in place of all
 * of them, if it takes arrays; within a second it gets no other one, and late frames alone are left out. So what it is to ask for was
 * stored before it was told.
 *
 * Throws when Redis does not return the recipients or Kafka does not take a dead letter; then the batch is delivered again. It writes
 * one line of metrics, also then.
 */
export async function fanOut(
  { redis, gateway, deadLetters }: FanOutClients,
  delivered: readonly Delivered<SliceRecord>[],
): Promise<void> {
  const now = Date.now()
  const metrics: metric.Metrics = { FanOutLag: now - Math.min(now, ...delivered.map(({ timestamp }) => timestamp)) }
  try {
    await file(
      { deadLetters },
      delivered.filter(({ value }) => value === undefined),
    )
    const outboxes = await outboxesOf({ redis }, delivered.filter(isReadable), now)
    const told = await tellToCatchUp({ redis }, [...outboxes.values()], now)
    if (told.connections > 0) metrics.Behind = told.connections
    const posts: PostMetrics = {}
    await flushAll({ redis, gateway }, outboxes, new Budgets(bounds), posts)
    Object.assign(metrics, posts)
    await told.note()
  } finally {
    metric.put(metrics)
  }
}

const isReadable = (one: Delivered<SliceRecord>): one is Slice => one.value !== undefined

async function outboxesOf(
  { redis }: Pick<PostClients, 'redis'>,
  slices: readonly Slice[],
  now: number,
): Promise<Map<string, Outbox>> {
  const recipients = await recipientsOf({ redis }, [...new Set(slices.flatMap(({ value }) => value.user_ids))])
  const outboxes = new Map<string, Outbox>()
  for (const { value, timestamp } of slices) {
    const isLate = timestamp < now - lateMs
    for (const push of value.pushes) put(outboxes, recipients, { ...push, userIds: value.user_ids }, now, isLate)
  }
  return outboxes
}

// Sent as the mapping sends what it gives up, so that the same function files both.
async function file(
  { deadLetters }: Pick<FanOutClients, 'deadLetters'>,
  unreadable: readonly Delivered<SliceRecord>[],
): Promise<void> {
  await Promise.all(
    unreadable.map(async ({ topic, partition, offset, key, payload }) => {
      log.error('slice not readable', 'undecodable', { topic, partition, offset })
      const record = { topic, partition, offset, key: key?.toString('base64'), value: payload.toString('base64') }
      const envelope = {
        requestContext: { condition: 'undecodable' },
        payload: { records: { [`${topic}-${partition}`]: [record] } },
      }
      await deadLetters.send({ key: key ?? null, value: JSON.stringify(envelope) })
    }),
  )
}
