/** Files that nobody uses a day after they were announced are deleted. */
import { inParallel } from '../../core/in-parallel.ts'
import { incomingPath, thumbnailPath } from '../../core/media-path.ts'
import type { MediaClients } from './inspection.ts'

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
    for (const object of [path, thumbnailPath(path), incomingPath(name)]) await storage.remove(object)
    await db.deleteFrom('media').where('id', '=', id).where('used_at', 'is', null).execute()
  })
  return unused.length
}
