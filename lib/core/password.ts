/** Password hashes (bcrypt). */
import bcrypt from 'bcryptjs'

// 2^10 rounds: bcrypt's own default, about 50 ms of one core.
const rounds = 10

// Compared against when the account does not exist, so that the time taken does not tell.
const nobody = '$2b$10$jObEf0YurlhYFoDvEgV5P.XTdVRorzybq4dZtIcWYiltD9sHAWlya'

/** A salted hash. Only the first 72 bytes would count, so longer passwords are refused before they get here. */
export const hash = (password: string): Promise<string> => bcrypt.hash(password, rounds)

/** True when `password` is the one behind `hashed`; takes as long when there is no account. */
export const matches = (password: string, hashed: string | undefined): Promise<boolean> =>
  bcrypt.compare(password, hashed ?? nobody)
