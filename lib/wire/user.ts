/** Accounts: what the `/api/user` routes take and give. */
import * as z from 'zod/mini'
import { Id, line } from './value.ts'

/** bcrypt reads 72 bytes; a longer password would be cut without a word. */
export const passwordMaxBytes = 72

const NewPassword = z.string().check(
  z.refine((value) => value.isWellFormed(), { error: 'must be well-formed Unicode' }),
  z.refine((value) => [...value].length >= 6, { error: 'must have at least 6 characters' }),
  z.refine((value) => Buffer.byteLength(value) <= passwordMaxBytes, { error: 'must have at most 72 bytes' }),
  z.describe('at least 6 characters, at most 72 bytes of UTF-8'),
)

const Password = z.string().check(z.minLength(1), z.maxLength(1024))

/** The form under which a username is unique: compatible and upper-case spellings are the same name. */
export const usernameKey = (username: string): string => username.normalize('NFKC').toLowerCase()

const Username = line(1, 64).check(
  z.refine((value) => value.trim() === value, { error: 'must not begin or end with a space' }),
  z.refine((value) => [...usernameKey(value)].length <= 255, { error: 'is too long when normalised' }),
)

const email = line(0, 128)

export const Registration = z.object({ username: Username, password: NewPassword, email: z.optional(email) })
export type Registration = z.infer<typeof Registration>

export const Credentials = z.object({
  username: z.string().check(z.minLength(1), z.maxLength(256)),
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

export const ProfileChange = z.object({
  nickname: z.optional(line(0, 64)),
  avatar: z.optional(line(0, 255)),
  email: z.optional(email),
  phone: z.optional(line(0, 20)),
})
export type ProfileChange = z.infer<typeof ProfileChange>

export const PasswordChange = z.object({ old_password: Password, new_password: NewPassword })
export type PasswordChange = z.infer<typeof PasswordChange>

export const UserSearch = z.object({ username: z.string().check(z.minLength(1), z.maxLength(256)) })
export type UserSearch = z.infer<typeof UserSearch>

/** What anyone may see of a user. */
export const Person = z.object({ id: Id, username: z.string(), nickname: z.string(), avatar: z.string() })
export type Person = z.infer<typeof Person>
