/** Pictures of people and groups, without what looks at them until one is a file of this service: that is as large as the rest. */
import type { Clients } from '../../client/clients.ts'
import type { Storage } from '../../client/storage.ts'
import { folders, mediaPathOf } from '../../core/media-path.ts'

/** See `use` in avatar.ts. */
export async function useAvatar(
  { db, openStorage }: Pick<Clients, 'db'> & { openStorage: () => Promise<Storage> },
  caller: number,
  address: string | undefined,
  isOfGroup = false,
): Promise<void> {
  if (address === undefined || mediaPathOf(address)?.folder !== folders.avatar) return
  const [storage, avatar] = await Promise.all([openStorage(), import('./avatar.ts')])
  await avatar.use({ db, storage }, caller, address, isOfGroup)
}
