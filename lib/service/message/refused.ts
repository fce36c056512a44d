/**
 * Refusals that were told, which stay so: a record that comes again, or that was sent again before its sender had the answer, must not
 * be stored because its sender belongs to the conversation by then.
 */
import { type CompiledQuery, type Selectable, sql } from 'kysely'
import type { Db } from '../../client/mysql.ts'
import type { Reason } from '../../core/refusal.ts'
import type { RefusalTable } from '../../schema/tables.ts'
import type { MessageRecord } from '../../wire/record.ts'
import { isAmong } from '../store/in-list.ts'

/** What is stored as a message, or refused. */
type Sent = Pick<MessageRecord, 'record_id' | 'from_id' | 'client_msg_id' | 'requested_at'>

interface Told {
  record: Sent
  reason: Reason
  /** Milliseconds. */
  at: number
}

type RefusalRow = Selectable<RefusalTable>

/** What a sender calls a message: by its `client_msg_id`, if it has one. */
const nameOf = ({ client_msg_id, record_id }: Sent): Buffer => Buffer.from(client_msg_id ?? record_id)

const keyOf = (fromId: number, name: Buffer): string => `${fromId} ${name.toString()}`

export function reads(db: Db, records: readonly Sent[]): CompiledQuery<RefusalRow>[] {
  if (records.length === 0) return []
  const keys = records.map((record) => sql`(${record.from_id}, ${nameOf(record)})`)
  return [db.selectFrom('refusals').selectAll().where(isAmong(sql`(from_user_id, message_key)`, keys)).compile()]
}

/** The refusals of a batch, with those before it. */
export class Refusals {
  readonly #told: Told[] = []
  readonly #known: Map<string, Pick<Told, 'reason' | 'at'>>

  constructor(rows: readonly RefusalRow[]) {
    this.#known = new Map(
      rows.map(({ from_user_id, message_key, reason, refused_at }) => [
        keyOf(from_user_id, message_key),
        { reason: reason as Reason, at: refused_at },
      ]),
    )
  }

  /** Why a record was refused before. What was sent after its refusal is another attempt, which may have changed. */
  of(record: Sent): Reason | undefined {
    const known = this.#known.get(keyOf(record.from_id, nameOf(record)))
    return known && record.requested_at <= known.at ? known.reason : undefined
  }

  /** Takes note of a refusal that was not told before. */
  tell(record: Sent, reason: Reason, now: number): void {
    // The gateway's clock may be ahead.
    const at = Math.max(now, record.requested_at)
    this.#known.set(keyOf(record.from_id, nameOf(record)), { reason, at })
    this.#told.push({ record, reason, at })
  }

  writes(db: Db): CompiledQuery[] {
    if (this.#told.length === 0) return []
    const rows = this.#told.map(({ record, reason, at }) => ({
      from_user_id: record.from_id,
      message_key: nameOf(record),
      reason,
      refused_at: at,
    }))
    const insert = db.insertInto('refusals').values(rows)
    return [
      insert
        .onDuplicateKeyUpdate({
          reason: sql`values(reason)`,
          refused_at: sql`greatest(refused_at, values(refused_at))`,
        })
        .compile(),
    ]
  }
}
