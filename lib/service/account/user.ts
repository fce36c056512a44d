/** Accounts: who someone is, and how they prove it. */
import type { Clients, Stores } from '../../client/clients.ts'
import * as password from '../../core/password.ts'
import { Refusal } from '../../core/refusal.ts'
import * as token from '../../core/token.ts'
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
  type UserSearch,
  usernameKey,
} from '../../wire/user.ts'
import * as delivery from '../connection/delivery.ts'
import { isDuplicateKey } from '../store/transaction.ts'
import * as loginLimit from './login-limit.ts'
import * as session from './session.ts'

/**
 * Makes an account. Of two that want the same name at the same instant the unique key takes one.
 *
 * @throws Refusal USERNAME_TAKEN - by this spelling or one that counts as the same.
 * @throws Refusal TOO_MANY_REQUESTS
 */
export async function register({ db, redis }: Stores, registration: Registration, address: string): Promise<void> {
  const { username, email } = registration
  await loginLimit.count({ redis }, address, username)
  if (await findByUsername({ db }, username)) throw new Refusal('USERNAME_TAKEN')
  const hash = await password.hash(registration.password)
  const now = Date.now()
  try {
    await db
      .insertInto('users')
      .values({
        username,
        username_key: usernameKey(username),
        password: hash,
        // GoChat's clients show the nickname alone in places.
        nickname: username,
        email,
        created_at: now,
        updated_at: now,
      })
      .execute()
  } catch (error) {
    throw isDuplicateKey(error) ? new Refusal('USERNAME_TAKEN') : error
  }
}

/**
 * Opens a session for someone who knows the password.
 *
 * The token carries the session epoch of the row whose hash it was checked against: a password change that came between
 * leaves it ended.
 *
 * @throws Refusal BAD_CREDENTIALS - unknown name or wrong password; neither text nor time tells which.
 * @throws Refusal TOO_MANY_REQUESTS
 */
export async function logIn({ db, redis }: Stores, credentials: Credentials, address: string): Promise<LoggedIn> {
  await loginLimit.count({ redis }, address, credentials.username)
  const user = await findByUsername({ db }, credentials.username)
  const isVerified = await verifyPassword(credentials.password, user?.password)
  if (!user || !isVerified) throw new Refusal('BAD_CREDENTIALS')
  const { id, username, nickname, session_epoch: sessionEpoch } = user
  return { token: token.issue({ id, username, sessionEpoch }), username, nickname }
}

// Hashes of the first accounts are of the password as it was typed.
async function verifyPassword(given: string, hash: string | undefined): Promise<boolean> {
  const form = passwordForm(given)
  return (await isBehind(form, hash)) || (form !== given && (await isBehind(given, hash)))
}

// bcrypt would take a longer password for its first 72 bytes.
const isBehind = async (given: string, hash: string | undefined): Promise<boolean> =>
  (await password.matches(given, hash)) && Buffer.byteLength(given) <= passwordMaxBytes

// The first accounts are found under the older form of their names, in which alone another might now have them.
async function findByUsername({ db }: Pick<Clients, 'db'>, username: string): Promise<User | undefined> {
  const keys = [...new Set([olderUsernameKey(username), usernameKey(username)])]
  const users = await db.selectFrom('users').selectAll().where('username_key', 'in', keys).execute()
  // The column's collation takes spaces at the end for nothing; a username has none.
  return keys.flatMap((key) => users.find((user) => user.username_key === key) ?? [])[0]
}

/** Ends the caller's session and closes its sockets. */
export async function logOut(clients: Clients, caller: token.Claims): Promise<void> {
  await session.end(clients, caller)
  await delivery.closeSessions(clients, caller.userId, (sessionId) => sessionId === caller.sessionId)
}

/** Who a token belongs to. */
export async function identify({ userId: id, username }: token.Claims): Promise<Identity> {
  return { id, username }
}

/** What a user may see of their own account. */
export async function profile({ db }: Pick<Clients, 'db'>, caller: number): Promise<Profile> {
  return await db
    .selectFrom('users')
    .select(['id', 'username', 'nickname', 'avatar', 'email', 'phone'])
    .where('id', '=', caller)
    .executeTakeFirstOrThrow()
}

/** Changes the fields that are given and leaves the others; returns the profile. */
export async function changeProfile(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  change: ProfileChange,
): Promise<Profile> {
  await db
    .updateTable('users')
    .set({ ...change, updated_at: Date.now() })
    .where('id', '=', caller)
    .execute()
  return await profile({ db }, caller)
}

/**
 * Changes the caller's password, which ends all other sessions and closes their sockets.
 *
 * Of two changes at the same instant one wins: the other has compared with a hash that is no longer stored.
 *
 * @throws Refusal WRONG_PASSWORD - the old one is wrong.
 */
export async function changePassword(clients: Clients, caller: token.Claims, change: PasswordChange): Promise<void> {
  const { password: from } = await clients.db
    .selectFrom('users')
    .select('password')
    .where('id', '=', caller.userId)
    .executeTakeFirstOrThrow()
  if (!(await verifyPassword(change.old_password, from))) throw new Refusal('WRONG_PASSWORD')
  const to = await password.hash(change.new_password)
  if (!(await session.replacePassword(clients, caller, { from, to }))) throw new Refusal('WRONG_PASSWORD')
  await delivery.closeSessions(clients, caller.userId, (sessionId) => sessionId !== caller.sessionId)
}

/**
 * The user of exactly this name, in any spelling that counts as the same.
 *
 * @throws Refusal USER_NOT_FOUND
 */
export async function search({ db }: Pick<Clients, 'db'>, { username }: UserSearch): Promise<Person> {
  const user = await findByUsername({ db }, username)
  if (!user) throw new Refusal('USER_NOT_FOUND')
  return { id: user.id, username: user.username, nickname: user.nickname, avatar: user.avatar }
}
