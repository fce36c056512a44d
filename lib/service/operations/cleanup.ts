/** Cleanup: deletes expired rows. */
import type { DeleteQueryBuilder, DeleteResult } from 'kysely'
import type { Clients } from '../../client/clients.ts'
import type { Database } from '../../schema/tables.ts'

// Deletes in chunks so that each lock is short. In a minute more than a flood of refusals leaves; the next run continues.
const maxRows = 5_000
const maxChunks = 40
// Twice as long as a record may come again.
const refusalsMs = 48 * 3600_000

/** Deletes sessions, open and ended, whose tokens have expired, and refusals whose records cannot come again; returns how many. */
export async function deleteExpired(
  { db }: Pick<Clients, 'db'>,
  now: number,
): Promise<{ sessions: number; openSessions: number; refusals: number }> {
  const [sessions, openSessions, refusals] = await Promise.all([
    inChunks(db.deleteFrom('sessions').where('expires_at', '<', now)),
    inChunks(db.deleteFrom('open_sessions').where('expires_at', '<', now)),
    inChunks(db.deleteFrom('refusals').where('refused_at', '<', now - refusalsMs)),
  ])
  return { sessions, openSessions, refusals }
}

async function inChunks<Table extends keyof Database>(
  expired: DeleteQueryBuilder<Database, Table, DeleteResult>,
): Promise<number> {
  let deleted = 0
  for (let chunk = 0; chunk < maxChunks; chunk++) {
    const { numDeletedRows } = await expired.limit(maxRows).executeTakeFirstOrThrow()
    deleted += Number(numDeletedRows)
    if (numDeletedRows < maxRows) break
  }
  return deleted
}
