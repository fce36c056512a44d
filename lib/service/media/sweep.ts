/** Files that nobody uses a day after they were announced are deleted. */
import { inParallel } from '../../core/in-parallel.ts'
import { incomingPath, thumbnailPath } from '../../core/media-path.ts'
import { MediaState } from '../../schema/tables.ts'
import type { MediaClients } from './file.ts'

const unusedMs = 24 * 3600_000
// The next run goes on.
const maxFiles = 200
const atOnce = 8

/** @returns how many files were deleted. */
export async function deleteUnused({ db, storage }: MediaClients, now: number): Promise<number> {
  const unused = await db
    .selectFrom('media')
    .select(['id', 'name', 'path'])
    .where('used_at', 'is', null)
    .where('created_at', '<', now - unusedMs)
    .limit(maxFiles)
    .execute()
  await inParallel(unused, atOnce, async ({ id, name, path }) => {
    // First nobody can use it any more; what stops after that goes on with the next run.
    const { numUpdatedRows } = await db
      .updateTable('media')
      .set({ state: MediaState.refused })
      .where('id', '=', id)
      .where('used_at', 'is', null)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) return
    for (const object of [path, thumbnailPath(path), incomingPath(name)]) await storage.remove(object)
    await db.deleteFrom('media').where('id', '=', id).execute()
  })
  return unused.length
}
