/** Password hashes (bcrypt). */
import bcrypt from 'bcryptjs'

// 2^10 rounds: bcrypt's own default, about 50 ms of one core.
const rounds = 10

// Compared against when there is no such account, so that the response time does not reveal it.
const unknownAccountHash = '$2b$10$jObEf0YurlhYFoDvEgV5P.XTdVRorzybq4dZtIcWYiltD9sHAWlya'

/** A salted hash. bcrypt uses the first 72 bytes only, so callers refuse longer passwords. */
export const hash = (password: string): Promise<string> => bcrypt.hash(password, rounds)

/** True when `hashed` was made from `password`. Takes as long when there is no account. */
export const matches = (password: string, hashed: string | undefined): Promise<boolean> =>
  bcrypt.compare(password, hashed ?? unknownAccountHash)
