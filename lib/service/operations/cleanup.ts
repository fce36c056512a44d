/** The sweep: removes what has expired. */
import type { Clients } from '../../client/clients.ts'

// One statement of the lock's length of a moment; the next minute takes the rest.
const atOnce = 5_000

/** Removes ended sessions whose tokens have expired; returns how many. */
export async function sweep({ db }: Pick<Clients, 'db'>, now: number): Promise<{ sessions: number }> {
  const { numDeletedRows } = await db
    .deleteFrom('sessions')
    .where('expires_at', '<', now)
    .limit(atOnce)
    .executeTakeFirstOrThrow()
  return { sessions: Number(numDeletedRows) }
}
