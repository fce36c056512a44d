/**
 * Inspection: a file that was put is looked at when it is first used, and gets its place under the name that everybody knows. What is
 * put afterwards changes nothing.
 */
import { fileTypeFromBuffer } from 'file-type'
import type { Clients } from '../../client/clients.ts'
import { type Storage, StorageConflict } from '../../client/storage.ts'
import { folders, incomingPath, thumbnailPath } from '../../core/media-path.ts'
import { Refusal } from '../../core/refusal.ts'
import { type Media, MediaState } from '../../schema/tables.ts'
import { clean, type Picture, type PictureType, pictureMaxBytes, pictureTypes, squared } from './picture.ts'

export type MediaClients = Pick<Clients, 'db'> & { storage: Storage }

export const fileMaxBytes = 100 * 2 ** 20
// As many as the signatures of files take.
const headBytes = 4_100
const plainType = 'application/octet-stream'
/** What a browser may show or play; anything else is saved. */
export const isShown = (type: string): boolean => /^(?:image|audio|video)\//.test(type)
/** GIF and WebP may move, and are left as they are. */
export const hasThumbnail = (type: string): boolean => type === 'image/jpeg' || type === 'image/png'
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
    const found = await take(clients.storage, media)
    await settle(clients, media, { state: MediaState.ready, content_type: found.type, size: found.size })
    return { ...media, state: MediaState.ready, content_type: found.type, size: found.size }
  } catch (error) {
    if (error instanceof StorageConflict) throw new Refusal('MEDIA_NOT_FOUND')
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
  const picture = await squared(bytes, pictureTypeOf(await typeOf(bytes)))
  await clients.storage.put(media.path, picture.body, picture.type)
  await settle(clients, media, { state: MediaState.ready, content_type: picture.type, size: picture.body.length })
}

/** @returns type and size of what lies in the file's place now. */
async function take(storage: Storage, { name, path }: Media): Promise<{ type: string; size: number }> {
  const incoming = incomingPath(name)
  const object = await storage.look(incoming)
  if (!object) throw new Refusal('MEDIA_NOT_FOUND')
  const { size, etag } = object
  if (size === 0) throw new Refusal('MEDIA_REFUSED')
  if (size > fileMaxBytes) throw new Refusal('MEDIA_TOO_LARGE')
  const type = await typeOf(await storage.read(incoming, headBytes, etag))
  const isAvatar = path.startsWith(folders.avatar)
  if (isAvatar || isPicture(type)) {
    if (size > pictureMaxBytes) throw new Refusal('MEDIA_TOO_LARGE')
    const bytes = await storage.read(incoming, pictureMaxBytes, etag)
    if (isAvatar) return await placed(storage, path, await squared(bytes, pictureTypeOf(type)))
    const { whole, small } = await clean(bytes, pictureTypeOf(type))
    if (small) await placed(storage, thumbnailPath(path), small)
    return await placed(storage, path, whole)
  }
  const kept = shownTypes.test(type) ? type : plainType
  await storage.copy(incoming, path, etag, kept)
  return { type: kept, size }
}

async function placed(
  storage: Storage,
  path: string,
  { body, type }: Picture,
): Promise<{ type: string; size: number }> {
  await storage.put(path, body, type)
  return { type, size: body.length }
}

/** The first inspection counts; what was put is not needed any more. */
async function settle(
  { db, storage }: MediaClients,
  { name }: Pick<Media, 'name'>,
  values: { state: number; content_type?: string; size?: number },
): Promise<void> {
  await db.updateTable('media').set(values).where('name', '=', name).where('state', '=', MediaState.announced).execute()
  await storage.remove(incomingPath(name))
}

const typeOf = async (bytes: Uint8Array): Promise<string> => (await fileTypeFromBuffer(bytes))?.mime ?? plainType

const isPicture = (type: string): type is PictureType => pictureTypes.some((one) => one === type)

function pictureTypeOf(type: string): PictureType {
  if (!isPicture(type)) throw new Refusal('MEDIA_REFUSED')
  return type
}
