/** Downloading: who may see a file gets an address of it that holds for some minutes. */
import type { Clients } from '../../client/clients.ts'
import { type Folder, folders, mediaPathOf, thumbnailPath } from '../../core/media-path.ts'
import { Refusal } from '../../core/refusal.ts'
import type { Media } from '../../schema/tables.ts'
import type { Download, DownloadRequest } from '../../wire/media.ts'
import { find, type MediaClients } from './file.ts'
import { inspected } from './inspection.ts'
import { isShown } from './kind.ts'
import { originOf } from './origin.ts'

const readWithinSeconds = 10 * 60

/**
 * An address of a file that the caller may see: its own, or one that was sent in a message that the caller may read.
 *
 * @throws Refusal MEDIA_NOT_FOUND - or it is not for the caller. @throws Refusal MEDIA_REFUSED, MEDIA_TOO_LARGE
 */
export async function address(
  clients: MediaClients,
  caller: number,
  { key, type, thumbnail }: DownloadRequest,
  host: string,
): Promise<Download> {
  const wanted = mediaPathOf(key, type === undefined ? folders.chat : usualFolder[type])
  const found = wanted && (await find(clients, wanted))
  if (!found || !(await maySee(clients, caller, found))) throw new Refusal('MEDIA_NOT_FOUND')
  const media = await inspected(clients, found)
  const origin = originOf(host)
  if (media.path.startsWith(folders.avatar)) return { download_url: `${origin}/${media.path}` }
  return { download_url: origin + signedPath(clients, media, thumbnail === true) }
}

const usualFolder: Record<NonNullable<DownloadRequest['type']>, Folder> = {
  chat: folders.chat,
  avatar: folders.avatar,
  temp: folders.chat,
}

async function maySee({ db }: Pick<Clients, 'db'>, caller: number, { id, owner_id, path }: Media): Promise<boolean> {
  if (owner_id === caller || path.startsWith(folders.avatar)) return true
  const seen = await db
    .selectFrom('media_links as l')
    .innerJoin('members as m', 'm.conversation_id', 'l.conversation_id')
    .select('l.seq')
    .where('l.media_id', '=', id)
    .where('m.user_id', '=', caller)
    .whereRef('l.seq', '>=', 'm.from_seq')
    .where((eb) => eb.or([eb('m.until_seq', 'is', null), eb('l.seq', '<=', eb.ref('m.until_seq'))]))
    .limit(1)
    .executeTakeFirst()
  return seen !== undefined
}

function signedPath(
  { storage }: MediaClients,
  { path, content_type, filename, has_thumbnail }: Media,
  isSmall: boolean,
): string {
  if (isSmall && has_thumbnail) return storage.presign('GET', thumbnailPath(path), { seconds: readWithinSeconds })
  const kind = isShown(content_type) ? 'inline' : 'attachment'
  const query = {
    // Under its path a file stays as it is.
    'response-cache-control': 'private, max-age=31536000, immutable',
    'response-content-disposition': `${kind}; filename*=UTF-8''${encodeURIComponent(filename || 'file')}`,
    'response-content-type': content_type,
  }
  return storage.presign('GET', path, { seconds: readWithinSeconds, query })
}
