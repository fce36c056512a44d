/** Cleanup: deletes expired rows. */
import type { Clients } from '../../client/clients.ts'

// Deletes in chunks so that the lock is short; the next run continues.
const maxRows = 5_000

/** Deletes ended sessions whose tokens have expired; returns how many. */
export async function deleteExpired({ db }: Pick<Clients, 'db'>, now: number): Promise<{ sessions: number }> {
  const { numDeletedRows } = await db
    .deleteFrom('sessions')
    .where('expires_at', '<', now)
    .limit(maxRows)
    .executeTakeFirstOrThrow()
  return { sessions: Number(numDeletedRows) }
}
