/** Pictures of people and groups: small squares that anybody may see. */
import { folders, mediaPathOf } from '../../core/media-path.ts'
import { Refusal } from '../../core/refusal.ts'
import { find, type MediaClients, markShown } from './file.ts'
import { inspected, keepAvatar } from './inspection.ts'
import { originOf } from './origin.ts'
import { register } from './upload.ts'

/** Makes a picture the caller's. @returns its address. @throws Refusal MEDIA_REFUSED, MEDIA_TOO_LARGE, MEDIA_QUOTA */
export async function change(
  clients: MediaClients,
  caller: number,
  bytes: Buffer,
  host: string,
): Promise<{ avatar: string }> {
  const made = await register(clients, caller, folders.avatar, 'avatar.png')
  await keepAvatar(clients, made, bytes)
  const avatar = `${originOf(host)}/${made.path}`
  await clients.db
    .updateTable('users')
    .set({ avatar, updated_at: Date.now() })
    .where('id', '=', caller)
    .where('deleted_at', 'is', null)
    .execute()
  await markShown(clients, made.name)
  return { avatar }
}

/**
 * Looks at a picture of this service that somebody is about to show of themselves or of a group. Other addresses are left as they are,
 * and so is what others show already.
 *
 * @throws Refusal MEDIA_NOT_FOUND - it has not come, or is somebody else's. @throws Refusal MEDIA_REFUSED, MEDIA_TOO_LARGE
 */
export async function use(clients: MediaClients, caller: number, address: string, isOfGroup = false): Promise<void> {
  const path = mediaPathOf(address)
  if (path?.folder !== folders.avatar) return
  const media = await find(clients, path)
  if (!media || (media.owner_id !== caller && media.used_at === null)) throw new Refusal('MEDIA_NOT_FOUND')
  await inspected(clients, media)
  // Whose it is, its owner alone decides.
  if (media.owner_id === caller) await markShown(clients, media.name, isOfGroup)
}
