/** Uploading: who wants to give a file gets two addresses, one to put it to, and one by which it will be known. */
import type { Clients } from '../../client/clients.ts'
import type { Storage } from '../../client/storage.ts'
import { config } from '../../core/config.ts'
import { type Folder, folders, incomingPath, newPath } from '../../core/media-path.ts'
import { Refusal } from '../../core/refusal.ts'
import type { Upload, UploadRequest } from '../../wire/media.ts'
import { originOf } from './origin.ts'

const putWithinSeconds = 15 * 60

/**
 * Announces a file of the caller. Nothing is known of it before it is used; what is not used within a day is deleted.
 *
 * @throws Refusal MEDIA_QUOTA
 */
export async function announce(
  { db, storage }: Pick<Clients, 'db'> & { storage: Storage },
  caller: number,
  { filename, type }: UploadRequest,
  host: string,
): Promise<Upload> {
  const { name, path } = await register({ db }, caller, type === 'chat' ? folders.chat : folders.avatar, filename)
  const put = storage.presign('PUT', incomingPath(name), { seconds: putWithinSeconds })
  const origin = originOf(host)
  return { put_url: origin + put, file_url: `${origin}/${path}`, key: path.slice(path.indexOf('/') + 1) }
}

/** A row for a file that is about to come. @throws Refusal MEDIA_QUOTA */
export async function register({ db }: Pick<Clients, 'db'>, caller: number, folder: Folder, filename: string) {
  const { used } = await db
    .selectFrom('media')
    .select(({ fn }) => fn.sum<number | null>('size').as('used'))
    .where('owner_id', '=', caller)
    .executeTakeFirstOrThrow()
  if (Number(used ?? 0) >= config.mediaBytesPerUser) throw new Refusal('MEDIA_QUOTA')
  const now = Date.now()
  const made = newPath(folder, filename, now)
  await db
    .insertInto('media')
    .values({ name: made.name, owner_id: caller, path: made.path, filename, created_at: now })
    .execute()
  return made
}
