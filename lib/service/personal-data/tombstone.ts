/** What is left of a deleted account: its id, which messages name, and the hash of its name. */
import type { Stores } from '../../client/clients.ts'
import { deletedName, retiredKey } from '../account/retired-name.ts'
import * as session from '../account/session.ts'

/** An account as it was read; with its hash, if it must not have changed since. */
interface Account {
  id: number
  username_key: string
  password?: string
}

/**
 * Takes away an account's names, profile, password and sessions, and notes that the rest is to be erased, in one transaction. Returns
 * false if it is deleted already, or not as it was read.
 */
export async function bury(stores: Stores, { id, username_key, password }: Account): Promise<boolean> {
  const now = Date.now()
  const set = {
    username: deletedName,
    username_key: retiredKey(username_key),
    nickname: deletedName,
    password: '',
    avatar: '',
    email: '',
    phone: '',
    updated_at: now,
    deleted_at: now,
  }
  const wanted = { id, ...(password !== undefined && { password }) }
  const epoch = await session.endAll(stores, wanted, { set }, async (tx) => {
    await tx
      .insertInto('deletions')
      .values({ user_id: id, deleted_at: now })
      .onDuplicateKeyUpdate({ deleted_at: now })
      .execute()
  })
  return epoch !== undefined
}
