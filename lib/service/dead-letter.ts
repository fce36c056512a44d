/** Dead letters: records that cannot be stored, kept for a person to look at. */
import type { Db } from '../client/mysql.ts'
import * as log from '../core/log.ts'
import type { ChatRecord, Delivered } from '../wire/record.ts'

/** Why a record was filed. */
export type DeadLetterReason = 'undecodable' | 'refused by the database'

/** Files records under their place in the log. Filing one again changes nothing. */
export async function file(db: Db, reason: DeadLetterReason, records: readonly Delivered<ChatRecord>[]): Promise<void> {
  if (records.length === 0) return
  await db
    .insertInto('dead_letters')
    .ignore()
    .values(
      records.map(({ topic, partition, offset, payload, value }) => ({
        topic,
        partition,
        offset,
        record_id: value ? Buffer.from(value.record_id) : null,
        reason,
        payload,
        created_at: Date.now(),
      })),
    )
    .execute()
  for (const { topic, partition, offset, value } of records) {
    log.warn('dead letter', { reason, topic, partition, offset, record_id: value?.record_id })
  }
}
