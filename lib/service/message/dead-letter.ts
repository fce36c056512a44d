/** Dead letters: records that cannot be stored, filed for an operator to inspect, replay or discard. */
import type { Selectable } from 'kysely'
import type { Clients } from '../../client/clients.ts'
import type { Topic } from '../../client/kafka.ts'
import { config } from '../../core/config.ts'
import * as log from '../../core/log.ts'
import * as metric from '../../core/metric.ts'
import type { DeadLetterTable } from '../../schema/tables.ts'
import type { ChatRecord, Delivered, GivenUp } from '../../wire/record.ts'

export type DeadLetter = Selectable<DeadLetterTable>

/** A record to be filed: its place in the topic, its key and value. */
interface Unfiled {
  topic: string
  partition: number
  offset: number
  key: Buffer | undefined
  payload: Buffer
  recordId?: string | undefined
  reason: string
}

/** A record of a batch that cannot be stored. */
export interface Rejected {
  record: Delivered<ChatRecord>
  reason: string
}

/** Files records of a batch under their place in the topic. Idempotent. */
export async function file({ db }: Pick<Clients, 'db'>, rejected: readonly Rejected[]): Promise<void> {
  await insert(
    { db },
    rejected.map(({ record: { value, ...place }, reason }) => ({ ...place, recordId: value?.record_id, reason })),
  )
}

/**
 * Files the records that the mapping has given up, from its failure destination. An unreadable envelope is filed itself, so
 * no record is dropped.
 */
export async function fileGivenUp(
  { db }: Pick<Clients, 'db'>,
  envelopes: readonly Delivered<GivenUp>[],
): Promise<void> {
  await insert(
    { db },
    envelopes.flatMap(({ value, ...place }): Unfiled[] => {
      if (!value) return [{ ...place, reason: 'unreadable failure envelope' }]
      const reason = `given up: ${value.requestContext.condition}`
      return Object.values(value.payload.records).flatMap((records) =>
        records.map(({ topic, partition, offset, key, value: payload }) => ({
          topic,
          partition,
          offset,
          key: key === undefined ? undefined : Buffer.from(key, 'base64'),
          payload: Buffer.from(payload ?? '', 'base64'),
          reason,
        })),
      )
    }),
  )
}

// Counts the rows that are new: a batch that comes again files its records once.
async function insert({ db }: Pick<Clients, 'db'>, records: readonly Unfiled[]): Promise<void> {
  if (records.length === 0) return
  const { numInsertedOrUpdatedRows: filed = 0n } = await db
    .insertInto('dead_letters')
    .ignore()
    .values(
      records.map(({ topic, partition, offset, key, payload, recordId, reason }) => ({
        topic,
        partition,
        offset,
        record_id: recordId === undefined ? null : Buffer.from(recordId),
        record_key: key ?? null,
        reason: reason.slice(0, 255),
        payload,
        created_at: Date.now(),
      })),
    )
    .executeTakeFirstOrThrow()
  if (filed === 0n) return
  metric.put({ DeadLetters: Number(filed) })
  for (const { topic, partition, offset, recordId, reason } of records) {
    log.warn('dead letter filed', { reason, topic, partition, offset, record_id: recordId })
  }
}

/** The dead letters with an id above `after`, oldest first. */
export async function list({ db }: Pick<Clients, 'db'>, limit: number, after = 0): Promise<DeadLetter[]> {
  return await db.selectFrom('dead_letters').selectAll().where('id', '>', after).orderBy('id').limit(limit).execute()
}

/** The id of the newest dead letter; 0 when there is none. */
export async function newest({ db }: Pick<Clients, 'db'>): Promise<number> {
  const { id } = await db
    .selectFrom('dead_letters')
    .select(({ fn }) => fn.max('id').as('id'))
    .executeTakeFirstOrThrow()
  return id ?? 0
}

export async function find({ db }: Pick<Clients, 'db'>, id: number): Promise<DeadLetter | undefined> {
  return await db.selectFrom('dead_letters').selectAll().where('id', '=', id).executeTakeFirst()
}

/**
 * Sends a dead letter to its topic again, and deletes it once Kafka has the record.
 *
 * A message stored meanwhile is recognised by its record id, so it is stored once. A record that fails again is filed
 * again.
 */
export async function replay(
  { db, messages, slices }: Pick<Clients, 'db'> & { messages: Topic; slices: Topic },
  letter: DeadLetter,
): Promise<void> {
  const topic = letter.topic === config.fanOutTopic ? slices : messages
  await topic.send({ key: letter.record_key, value: letter.payload })
  await discard({ db }, letter.id)
}

/** Deletes a dead letter; false when there is none of this id. */
export async function discard({ db }: Pick<Clients, 'db'>, id: number): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('dead_letters').where('id', '=', id).executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}
