/** Files as the database knows them. */
import type { Clients } from '../../client/clients.ts'
import type { Storage } from '../../client/storage.ts'
import type { MediaPath } from '../../core/media-path.ts'
import { type Media, MediaState } from '../../schema/tables.ts'

export type MediaClients = Pick<Clients, 'db'> & { storage: Storage }

type Db = Pick<Clients, 'db'>

// Longer than anybody looks at a file; one who died meanwhile holds it no longer.
const claimMs = 40_000

/** The row of a file, if its whole path is right. */
export async function find({ db }: Db, { name, path }: Pick<MediaPath, 'name' | 'path'>): Promise<Media | undefined> {
  return await db.selectFrom('media').selectAll().where('name', '=', name).where('path', '=', path).executeTakeFirst()
}

/** Whether the caller, and nobody else, may look at a file now: it has been looked at by nobody. */
export async function claim({ db }: Db, name: Buffer): Promise<boolean> {
  const now = Date.now()
  const { numUpdatedRows } = await db
    .updateTable('media')
    .set({ claimed_until: now + claimMs })
    .where('name', '=', name)
    .where('state', '=', MediaState.announced)
    .where('claimed_until', '<', now)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** What was found out of a file that was claimed; its state stays as it is if that says nothing of it. */
export async function settle({ db }: Db, name: Buffer, found: Partial<Media>): Promise<void> {
  await db
    .updateTable('media')
    .set({ claimed_until: 0, ...found })
    .where('name', '=', name)
    .execute()
}

/** Somebody shows a picture: a group's is the group's from then on, whatever becomes of who has brought it. */
export async function markShown({ db }: Db, name: Buffer, isOfGroup = false): Promise<void> {
  await db
    .updateTable('media')
    .set({ used_at: Date.now(), ...(isOfGroup && { owner_id: 0 }) })
    .where('name', '=', name)
    .execute()
}
