/** Accounts: registration, log-in and profile. */
import type { Clients, Stores } from '../../client/clients.ts'
import type { Passwords } from '../../client/passwords.ts'
import type { SigningKey } from '../../client/signing-key.ts'
import * as log from '../../core/log.ts'
import { Refusal } from '../../core/refusal.ts'
import type * as token from '../../core/token.ts'
import type { User } from '../../schema/tables.ts'
import {
  type Credentials,
  type Identity,
  type LoggedIn,
  olderUsernameKey,
  type PasswordChange,
  type Person,
  type Profile,
  type ProfileChange,
  passwordForm,
  passwordMaxBytes,
  type Registration,
  type RenewedToken,
  type UserSearch,
  usernameKey,
} from '../../wire/user.ts'
import * as delivery from '../connection/delivery.ts'
import { isDuplicateKey } from '../store/transaction.ts'
import * as loginLimit from './login-limit.ts'
import * as openSession from './open-session.ts'
import { retiredKey } from './retired-name.ts'
import * as session from './session.ts'

/** For functions that hash passwords or compare them. */
interface WithPasswords {
  passwords: Passwords
}

/**
 * Creates an account. The unique key decides between two registrations of the same name.
 *
 * @throws Refusal USERNAME_TAKEN - in this spelling or an equivalent one, also by an account that was deleted since.
 * @throws Refusal TOO_MANY_REQUESTS
 */
export async function register(
  { db, redis, passwords }: Stores & WithPasswords,
  registration: Registration,
  address: string,
): Promise<void> {
  const { username, email } = registration
  await loginLimit.countRegistration({ redis }, address)
  if (await isTaken({ db }, username)) throw new Refusal('USERNAME_TAKEN')
  const hash = await passwords.hash(registration.password)
  const now = Date.now()
  try {
    const { insertId } = await db
      .insertInto('users')
      .values({
        username,
        username_key: usernameKey(username),
        password: hash,
        // Some views of GoChat's clients show the nickname only.
        nickname: username,
        email,
        created_at: now,
        updated_at: now,
      })
      .executeTakeFirstOrThrow()
    await loginLimit.remember({ redis }, { account: Number(insertId), address })
  } catch (error) {
    throw isDuplicateKey(error) ? new Refusal('USERNAME_TAKEN') : error
  }
}

/**
 * Opens a session for a user who gives the right password.
 *
 * The token carries the session epoch of the row that the password was checked against. If all sessions end meanwhile, as by a
 * change of the password, there is none.
 *
 * @throws Refusal BAD_CREDENTIALS - unknown name or wrong password; neither the text nor the response time reveals which.
 * @throws Refusal TOO_MANY_REQUESTS
 */
export async function logIn(
  { db, redis, signingKey, passwords }: Stores & WithPasswords & { signingKey: SigningKey },
  credentials: Credentials,
  address: string,
  device = '',
): Promise<LoggedIn> {
  // First, so that a stage that cannot issue tokens says so at every log-in, whatever the password.
  const key = await signingKey.get()
  const user = await findByUsername({ db }, credentials.username)
  // By its id, since an account may have two spellings, and one spelling two accounts.
  const guess = { account: user?.id ?? usernameKey(credentials.username), address }
  const isVerified = await loginLimit.guess({ redis }, guess, () =>
    verifyPassword(passwords, credentials.password, user?.password),
  )
  if (!user || !isVerified) throw new Refusal('BAD_CREDENTIALS')
  if (passwords.isOutdated(user.password)) await renewHash({ db, passwords }, user, credentials.password)
  const { id, username, nickname, session_epoch: sessionEpoch } = user
  const token = await openSession.open({ db }, key, { id, username, sessionEpoch }, { device, address })
  if (!token) throw new Refusal('BAD_CREDENTIALS')
  return { token, username, nickname }
}

/** Replaces a hash that costs less than those of today. The log-in does not depend on it: the next one tries again. */
async function renewHash(
  { db, passwords }: Pick<Clients, 'db'> & WithPasswords,
  { id, password: from }: User,
  given: string,
): Promise<void> {
  // What was hashed as it was typed may be too long in the other form.
  const form = passwordForm(given)
  try {
    const to = await passwords.hash(Buffer.byteLength(form) <= passwordMaxBytes ? form : given)
    await db.updateTable('users').set({ password: to }).where('id', '=', id).where('password', '=', from).execute()
  } catch (error) {
    log.error('a hash was not renewed', error)
  }
}

/** Whether a password is the one that was hashed. The hashes of the oldest accounts were made from it as typed. */
export async function verifyPassword(passwords: Passwords, given: string, hash: string | undefined): Promise<boolean> {
  const form = passwordForm(given)
  return (await matchesHash(passwords, form, hash)) || (form !== given && (await matchesHash(passwords, given, hash)))
}

// bcrypt compares the first 72 bytes only, so longer passwords are rejected here.
const matchesHash = async (passwords: Passwords, given: string, hash: string | undefined): Promise<boolean> =>
  (await passwords.matches(given, hash)) && Buffer.byteLength(given) <= passwordMaxBytes

// The oldest accounts are stored under the older form of their names. It comes first: another account may have the new
// form.
async function findByUsername({ db }: Pick<Clients, 'db'>, username: string): Promise<User | undefined> {
  const keys = keysOf(username)
  const users = await db.selectFrom('users').selectAll().where('username_key', 'in', keys).execute()
  // The collation ignores trailing spaces, so exact keys are compared here; a username has none.
  return keys.flatMap((key) => users.find((user) => user.username_key === key) ?? [])[0]
}

async function isTaken({ db }: Pick<Clients, 'db'>, username: string): Promise<boolean> {
  const keys = keysOf(username)
  const taken = await db
    .selectFrom('users')
    .select('id')
    .where('username_key', 'in', [...keys, ...keys.map(retiredKey)])
    .executeTakeFirst()
  return taken !== undefined
}

const keysOf = (username: string): string[] => [...new Set([olderUsernameKey(username), usernameKey(username)])]

/** Ends the caller's session and closes its sockets. */
export async function logOut(clients: Clients, caller: token.Claims): Promise<void> {
  await session.end(clients, caller)
  await delivery.closeSessions(clients, caller.userId)
}

/** The user a token belongs to. */
export async function identify({ userId: id, username }: token.Claims): Promise<Identity> {
  return { id, username }
}

/** The caller's own account, as the caller may see it. */
export async function profile({ db }: Pick<Clients, 'db'>, caller: number): Promise<Profile> {
  return await db
    .selectFrom('users')
    .select(['id', 'username', 'nickname', 'avatar', 'email', 'phone'])
    .where('id', '=', caller)
    .executeTakeFirstOrThrow()
}

/** Changes the given fields only; returns the profile. */
export async function changeProfile(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  change: ProfileChange,
): Promise<Profile> {
  await db
    .updateTable('users')
    .set({ ...change, updated_at: Date.now() })
    .where('id', '=', caller)
    .where('deleted_at', 'is', null)
    .execute()
  return await profile({ db }, caller)
}

/**
 * Changes the caller's password, ends all other sessions and closes their sockets. With `renew_token` the caller's ends, too, and
 * a token of a new one is returned.
 *
 * Of two concurrent changes one wins; the other finds that its hash is no longer stored, and is refused.
 *
 * @throws Refusal WRONG_PASSWORD - the old password is wrong. Sessions that an earlier change has ended are ended all the same.
 * @throws Refusal TOO_MANY_REQUESTS - wrong ones count like those of log-in.
 */
export async function changePassword(
  clients: Clients & WithPasswords & { signingKey: SigningKey },
  caller: token.Claims,
  change: PasswordChange,
  address: string,
  device = '',
): Promise<RenewedToken | undefined> {
  const { userId: id, username } = caller
  // First, as for a log-in: nothing is changed for who could not be given a token.
  const key = change.renew_token ? await clients.signingKey.get() : undefined
  const { password: from } = await clients.db
    .selectFrom('users')
    .select('password')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  const guess = { account: id, address }
  const isRight = await loginLimit.guess(clients, guess, () =>
    verifyPassword(clients.passwords, change.old_password, from),
  )
  const to = isRight ? await clients.passwords.hash(change.new_password) : undefined
  const epoch = to && (await session.replacePassword(clients, caller, { from, to, isRenewed: key !== undefined }))
  const isReplaced = typeof epoch === 'number'
  // The old password is also wrong for who asks again after a change whose end did not get through.
  if (!isReplaced) await session.load(clients, id)
  await delivery.closeSessions(clients, id)
  if (!isReplaced) throw new Refusal('WRONG_PASSWORD')
  if (!key) return undefined
  const token = await openSession.open(clients, key, { id, username, sessionEpoch: epoch }, { device, address })
  // All sessions have been ended once more.
  if (!token) throw new Refusal('SESSION_ENDED')
  return { token }
}

/**
 * Finds the user of exactly this name, in any equivalent spelling.
 *
 * @throws Refusal USER_NOT_FOUND
 */
export async function search({ db }: Pick<Clients, 'db'>, { username }: UserSearch): Promise<Person> {
  const user = await findByUsername({ db }, username)
  if (!user) throw new Refusal('USER_NOT_FOUND')
  return { id: user.id, username: user.username, nickname: user.nickname, avatar: user.avatar }
}
