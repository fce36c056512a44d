/**
 * Inspection: a file that was put is looked at when it is first used, and gets its place under the name that everybody knows. What is
 * put afterwards changes nothing.
 */
import { fileTypeFromBuffer } from 'file-type'
import type { Clients } from '../../client/clients.ts'
import type { Storage } from '../../client/storage.ts'
import { folders, incomingPath, thumbnailPath } from '../../core/media-path.ts'
import { Refusal } from '../../core/refusal.ts'
import { type Media, MediaState } from '../../schema/tables.ts'
import { isPicture, type PictureType } from './kind.ts'

type Found = Pick<Media, 'content_type' | 'size' | 'has_thumbnail'>

export type MediaClients = Pick<Clients, 'db'> & { storage: Storage }

const fileMaxBytes = 100 * 2 ** 20
const pictureMaxBytes = 20 * 2 ** 20
// As many as the signatures of files take.
const headBytes = 4_100
const plainType = 'application/octet-stream'
const shownTypes =
  /^(?:audio\/(?:mpeg|mp4|x-m4a|aac|ogg|wav|flac|opus|webm|amr)|video\/(?:mp4|webm|ogg|quicktime|x-m4v|matroska))\b/

/**
 * The row of a file that is good to use.
 *
 * @throws Refusal MEDIA_NOT_FOUND - nothing was put yet. @throws Refusal MEDIA_REFUSED, MEDIA_TOO_LARGE - for good.
 */
export async function inspected(clients: MediaClients, media: Media): Promise<Media> {
  if (media.state === MediaState.ready) return media
  if (media.state === MediaState.refused) throw new Refusal('MEDIA_REFUSED')
  try {
    const found = { state: MediaState.ready, ...(await take(clients.storage, media)) }
    await settle(clients, media, found)
    return { ...media, ...found }
  } catch (error) {
    if (error instanceof Refusal && error.reason !== 'MEDIA_NOT_FOUND')
      await settle(clients, media, { state: MediaState.refused })
    throw error
  }
}

/** Puts bytes that came with a request in the place of a file. @throws Refusal MEDIA_REFUSED, MEDIA_TOO_LARGE */
export async function keepAvatar(
  clients: MediaClients,
  media: Pick<Media, 'name' | 'path'>,
  bytes: Buffer,
): Promise<void> {
  const { squared } = await drawing()
  const picture = await squared(bytes, pictureTypeOf(await typeOf(bytes)))
  await clients.storage.put(media.path, picture.body, picture.type, true)
  const { type: content_type, body } = picture
  await settle(clients, media, { state: MediaState.ready, content_type, size: body.length, has_thumbnail: 0 })
}

/** Puts the file into its place. @returns what lies there now. */
async function take(storage: Storage, { name, path }: Media): Promise<Found> {
  const incoming = incomingPath(name)
  const { size, etag } = present(await storage.look(incoming))
  if (size === 0) throw new Refusal('MEDIA_REFUSED')
  if (size > fileMaxBytes) throw new Refusal('MEDIA_TOO_LARGE')
  const type = await typeOf(present(await storage.read(incoming, headBytes, etag)))
  const isAvatar = path.startsWith(folders.avatar)
  if (!isAvatar && !isPicture(type)) {
    const content_type = shownTypes.test(type) ? type : plainType
    present((await storage.copy(incoming, path, etag, content_type)) || undefined)
    return { content_type, size, has_thumbnail: 0 }
  }
  if (size > pictureMaxBytes) throw new Refusal('MEDIA_TOO_LARGE')
  const bytes = present(await storage.read(incoming, pictureMaxBytes, etag))
  const { clean, squared } = await drawing()
  const { whole, small } = isAvatar
    ? { whole: await squared(bytes, pictureTypeOf(type)), small: undefined }
    : await clean(bytes, pictureTypeOf(type))
  if (small) await storage.put(thumbnailPath(path), small.body, small.type)
  await storage.put(path, whole.body, whole.type, isAvatar)
  return { content_type: whole.type, size: whole.body.length, has_thumbnail: small ? 1 : 0 }
}

/** As large as the rest, and needed for pictures alone. */
const drawing = () => import('./picture.ts')

/** What has not come, or has been replaced meanwhile, is asked for again. @throws Refusal MEDIA_NOT_FOUND */
function present<T>(found: T | undefined): T {
  if (found === undefined) throw new Refusal('MEDIA_NOT_FOUND')
  return found
}

/** The first inspection counts; what was put is not needed any more. */
async function settle(
  { db, storage }: MediaClients,
  { name }: Pick<Media, 'name'>,
  values: { state: number } & Partial<Found>,
): Promise<void> {
  await db.updateTable('media').set(values).where('name', '=', name).where('state', '=', MediaState.announced).execute()
  await storage.remove(incomingPath(name))
}

const typeOf = async (bytes: Uint8Array): Promise<string> => (await fileTypeFromBuffer(bytes))?.mime ?? plainType

function pictureTypeOf(type: string): PictureType {
  if (!isPicture(type)) throw new Refusal('MEDIA_REFUSED')
  return type
}
