/** Accounts: input and output of the `/api/user` routes. */
import * as z from 'zod/mini'
import { Avatar, Email, Phone } from './contact.ts'
import { isReserved, usernameChecks } from './username.ts'
import { controls, Id, line, validUnicode, without } from './value.ts'

/** bcrypt reads 72 bytes and silently ignores the rest. */
export const passwordMaxBytes = 72

/**
 * The form in which a password is hashed: NFC, with every kind of space as U+0020, so that it does not depend on how a
 * keyboard composes accents. Source: RFC 8265, 4.2 (the OpaqueString profile of PRECIS), which chooses NFC because NFKC
 * would make different passwords equal.
 */
export const passwordForm = (password: string): string => password.replace(/\p{Zs}/gu, ' ').normalize('NFC')

// bcrypt repeats a short key with a NUL in between, so a password that repeats itself after a NUL would equal its first part.
const noNul = without(String.raw`\u0000`, 'must not contain NUL')

const NewPassword = z.string().check(
  ...validUnicode,
  without(controls, 'must not contain control characters'),
  z.overwrite(passwordForm),
  z.refine((value) => [...value].length >= 6, { error: 'must have at least 6 characters' }),
  z.refine((value) => Buffer.byteLength(value) <= passwordMaxBytes, { error: 'must have at most 72 bytes' }),
  z.meta({
    minLength: 6,
    maxLength: passwordMaxBytes,
    format: 'password',
    description: 'at least 6 characters, at most 72 bytes of UTF-8; no control characters',
  }),
)

const Password = z.string().check(...validUnicode, noNul, z.minLength(1), z.maxLength(1024))

/**
 * The form in which usernames are unique: compatibility variants and upper case make the same name, and invisible characters
 * do not count.
 */
export const usernameKey = (username: string): string =>
  olderUsernameKey(username)
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .normalize('NFKC')

/** The form in which usernames were unique at first. Accounts from then keep it: see `service/account/user`. */
export const olderUsernameKey = (username: string): string => username.normalize('NFKC').toLowerCase()

// In a form without case and compatibility variants, as for usernames.
const notReserved = z.refine<string>((value) => !isReserved(usernameKey(value)), { error: 'is reserved' })

const Username = line(1, 64, 'username').check(
  z.refine((value) => value.trim() === value, { error: 'must not begin or end with a space' }),
  ...usernameChecks,
  notReserved,
  z.refine((value) => [...usernameKey(value)].length <= 255, { error: 'is too long when normalised' }),
)

/** A username that is only looked up: it may be one that nobody could register. */
const UsernameToFind = z.string().check(...validUnicode, z.minLength(1), z.maxLength(256))

export const Registration = z.object({ username: Username, password: NewPassword, email: z.optional(Email) })
export type Registration = z.infer<typeof Registration>

export const Credentials = z.object({
  username: UsernameToFind,
  password: Password,
})
export type Credentials = z.infer<typeof Credentials>

export const LoggedIn = z.object({ token: z.string(), username: z.string(), nickname: z.string() })
export type LoggedIn = z.infer<typeof LoggedIn>

export const Identity = z.object({ id: Id, username: z.string() })
export type Identity = z.infer<typeof Identity>

export const Profile = z.object({
  id: Id,
  username: z.string(),
  nickname: z.string(),
  avatar: z.string(),
  email: z.string(),
  phone: z.string(),
})
export type Profile = z.infer<typeof Profile>

/** What somebody is called: nothing that speaks for the service. */
export const Nickname = line(0, 64).check(notReserved)

export const ProfileChange = z.object({
  nickname: z.optional(Nickname),
  avatar: z.optional(Avatar),
  email: z.optional(Email),
  phone: z.optional(Phone),
})
export type ProfileChange = z.infer<typeof ProfileChange>

export const PasswordChange = z.object({
  old_password: Password,
  new_password: NewPassword,
  renew_token: z.optional(
    z.boolean().check(z.describe('true ends the session that asks, too, and returns a token of a new one')),
  ),
})
export type PasswordChange = z.infer<typeof PasswordChange>

/** Returned only if it was asked for. */
export const RenewedToken = z.object({ token: z.string() })
export type RenewedToken = z.infer<typeof RenewedToken>

export const AccountDeletion = z.object({ password: Password })
export type AccountDeletion = z.infer<typeof AccountDeletion>

export const UserSearch = z.object({ username: UsernameToFind })
export type UserSearch = z.infer<typeof UserSearch>

/** The public part of a user's profile. */
export const Person = z.object({ id: Id, username: z.string(), nickname: z.string(), avatar: z.string() })
export type Person = z.infer<typeof Person>
