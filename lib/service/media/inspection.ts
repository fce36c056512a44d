/**
 * Inspection: a file that was put is looked at when it is first used, and gets its place under the name that everybody knows. What is
 * put afterwards changes nothing.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { fileTypeFromBuffer } from 'file-type'
import type { Storage } from '../../client/storage.ts'
import { folders, incomingPath, type MediaPath, thumbnailPath } from '../../core/media-path.ts'
import { Refusal } from '../../core/refusal.ts'
import { type Media, MediaState } from '../../schema/tables.ts'
import { drawing } from './drawing.ts'
import { claim, find, type MediaClients, settle } from './file.ts'
import { isPicture, type PictureType } from './kind.ts'

type Found = Pick<Media, 'content_type' | 'size' | 'has_thumbnail'>

const fileMaxBytes = 100 * 2 ** 20
const pictureMaxBytes = 20 * 2 ** 20
// As many as the signatures of files take.
const headBytes = 4_100
const plainType = 'application/octet-stream'
const shownTypes =
  /^(?:audio\/(?:mpeg|mp4|x-m4a|aac|ogg|wav|flac|opus|webm|amr)|video\/(?:mp4|webm|ogg|quicktime|x-m4v|matroska))\b/

const patienceMs = 8_000
const pollMs = 150

/**
 * The row of a file that is good to use. One looks at it; who asks meanwhile waits for that.
 *
 * @throws Refusal MEDIA_NOT_FOUND - nothing was put yet. @throws Refusal MEDIA_REFUSED, MEDIA_TOO_LARGE - for good.
 */
export async function inspected(clients: MediaClients, media: Media): Promise<Media> {
  const until = Date.now() + patienceMs
  for (let known: Media | undefined = media; ; known = await find(clients, media)) {
    if (known?.state === MediaState.ready) return known
    if (known?.state === MediaState.refused) throw new Refusal('MEDIA_REFUSED')
    if (known?.state === MediaState.tooLarge) throw new Refusal('MEDIA_TOO_LARGE')
    if (!known || Date.now() > until) throw new Refusal('MEDIA_NOT_FOUND')
    if (await claim(clients, known.name)) return { ...known, ...(await inspect(clients, known)) }
    await pause(pollMs)
  }
}

async function inspect(clients: MediaClients, media: Media): Promise<Partial<Media>> {
  try {
    return await settled(clients, media, { state: MediaState.ready, ...(await take(clients.storage, media)) })
  } catch (error) {
    const reason = error instanceof Refusal ? error.reason : undefined
    if (reason === 'MEDIA_REFUSED') await settled(clients, media, { state: MediaState.refused })
    else if (reason === 'MEDIA_TOO_LARGE') await settled(clients, media, { state: MediaState.tooLarge })
    // It says nothing of the file: the next one may look.
    else await settle(clients, media.name, {})
    throw error
  }
}

/** What was put is not needed any more. */
async function settled(clients: MediaClients, { name }: Media, found: Partial<Media>): Promise<Partial<Media>> {
  await settle(clients, name, found)
  await clients.storage.remove(incomingPath(name))
  return found
}

/** Puts bytes that came with a request in the place of a file. @throws Refusal MEDIA_REFUSED, MEDIA_TOO_LARGE */
export async function keepAvatar(clients: MediaClients, { name, path }: MediaPath, bytes: Buffer): Promise<void> {
  const { squared } = await drawing()
  const { body, type } = await squared(bytes, pictureTypeOf(await typeOf(bytes)))
  await clients.storage.put(path, body, type, true)
  await settle(clients, name, { state: MediaState.ready, content_type: type, size: body.length })
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

/** What has not come, or has been replaced meanwhile, is asked for again. @throws Refusal MEDIA_NOT_FOUND */
function present<T>(found: T | undefined): T {
  if (found === undefined) throw new Refusal('MEDIA_NOT_FOUND')
  return found
}

const typeOf = async (bytes: Uint8Array): Promise<string> => (await fileTypeFromBuffer(bytes))?.mime ?? plainType

function pictureTypeOf(type: string): PictureType {
  if (!isPicture(type)) throw new Refusal('MEDIA_REFUSED')
  return type
}
