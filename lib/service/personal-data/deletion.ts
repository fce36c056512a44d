/** The deletion of an account, as its owner asks for it. */
import type { PushClients } from '../../client/clients.ts'
import type { Passwords } from '../../client/passwords.ts'
import * as log from '../../core/log.ts'
import { Refusal } from '../../core/refusal.ts'
import type * as token from '../../core/token.ts'
import type { AccountDeletion } from '../../wire/user.ts'
import * as loginLimit from '../account/login-limit.ts'
import * as session from '../account/session.ts'
import { verifyPassword } from '../account/user.ts'
import * as delivery from '../connection/delivery.ts'
import * as erasure from './erasure.ts'
import { bury } from './tombstone.ts'

// A part of the time that the function has.
const erasingMs = 3_000

/**
 * Deletes the caller's account.
 *
 * One transaction takes away its name, its profile and its password, and ends all its sessions: from then on nobody can log in, and
 * nobody finds it. The same transaction notes that what others share with it is to be erased. That begins at once, and whatever
 * stops it, the sweep goes on with it.
 *
 * @throws Refusal WRONG_PASSWORD
 * @throws Refusal TOO_MANY_REQUESTS - wrong ones count like those of log-in.
 * @throws Refusal SESSION_ENDED - the account is deleted already. What has not got through then is done now.
 */
export async function remove(
  clients: PushClients & { passwords: Passwords },
  { userId }: token.Claims,
  { password }: AccountDeletion,
  address: string,
): Promise<void> {
  const user = await clients.db
    .selectFrom('users')
    .select(['id', 'password', 'username_key', 'deleted_at'])
    .where('id', '=', userId)
    .executeTakeFirstOrThrow()
  const isDeleted = user.deleted_at !== null
  const isRight =
    !isDeleted &&
    (await loginLimit.guess(clients, { account: userId, address }, () =>
      verifyPassword(clients.passwords, password, user.password),
    ))
  const isBegun = isRight && (await bury(clients, user))
  if (!isBegun) await session.load(clients, userId)
  await delivery.closeSessions(clients, userId)
  if (isDeleted) throw new Refusal('SESSION_ENDED')
  if (!isBegun) throw new Refusal('WRONG_PASSWORD')
  try {
    await erasure.goOn(clients, userId, Date.now() + erasingMs)
  } catch (error) {
    log.error('erasure stopped', error)
  }
}
