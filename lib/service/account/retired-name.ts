/**
 * Names of deleted accounts. They stay taken: people find each other by name, and whoever registered it next would be taken for
 * its last owner. Only a hash is kept, in the place of the name's form.
 */
import { createHash } from 'node:crypto'

/** What an account shows in place of its names when it is deleted. */
export const deletedName = '已注销 · deleted account'

/** The `username_key` of a deleted account that had this one. No name has it, since all are in lower case. */
export const retiredKey = (usernameKey: string): string =>
  `DELETED ${createHash('sha256').update(usernameKey).digest('hex')}`
