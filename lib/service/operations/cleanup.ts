/** Cleanup: deletes expired rows. */
import type { Clients } from '../../client/clients.ts'

// Deletes in chunks so that the lock is short; the next run continues.
const maxRows = 5_000
// Twice as long as a record may come again.
const refusalsMs = 48 * 3600_000

/** Deletes sessions, open and ended, whose tokens have expired, and refusals whose records cannot come again; returns how many. */
export async function deleteExpired(
  { db }: Pick<Clients, 'db'>,
  now: number,
): Promise<{ sessions: number; openSessions: number; refusals: number }> {
  const [ended, open, refusals] = await Promise.all(
    [
      db.deleteFrom('sessions').where('expires_at', '<', now),
      db.deleteFrom('open_sessions').where('expires_at', '<', now),
      db.deleteFrom('refusals').where('refused_at', '<', now - refusalsMs),
    ].map((expired) => expired.limit(maxRows).executeTakeFirstOrThrow()),
  )
  return {
    sessions: Number(ended?.numDeletedRows),
    openSessions: Number(open?.numDeletedRows),
    refusals: Number(refusals?.numDeletedRows),
  }
}
