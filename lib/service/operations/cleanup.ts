/** Cleanup: deletes expired rows. */
import type { Clients } from '../../client/clients.ts'

// Deletes in chunks so that the lock is short; the next run continues.
const maxRows = 5_000

/** Deletes sessions, open and ended, whose tokens have expired; returns how many. */
export async function deleteExpired(
  { db }: Pick<Clients, 'db'>,
  now: number,
): Promise<{ sessions: number; openSessions: number }> {
  const [ended, open] = await Promise.all(
    (['sessions', 'open_sessions'] as const).map((table) =>
      db.deleteFrom(table).where('expires_at', '<', now).limit(maxRows).executeTakeFirstOrThrow(),
    ),
  )
  return { sessions: Number(ended?.numDeletedRows), openSessions: Number(open?.numDeletedRows) }
}
