/** The work of hashing passwords. It takes its thread for some 50 ms and more. */
import bcrypt from 'bcryptjs'

/** `rounds` is the cost of new hashes, as a power of two. Without `hashed`, the answer is a new hash. */
export interface HashWork {
  password: string
  rounds: number
  hashed?: string | undefined
}

/** A salted hash of a password, or whether it is that of a given hash. */
export const hashWork = ({ password, rounds, hashed }: HashWork): string | boolean =>
  hashed === undefined ? bcrypt.hashSync(password, rounds) : matches(password, hashed, rounds)

/** The cost of a hash; NaN if it is none. */
export const roundsOf = (hashed: string): number => Number(/^\$2[aby]\$(\d\d)\$/.exec(hashed)?.[1] ?? Number.NaN)

/** A hash of a password that nobody knows. */
export const unknownHash = (rounds: number): string =>
  `$2b$${String(rounds).padStart(2, '0')}$jObEf0YurlhYFoDvEgV5P.XTdVRorzybq4dZtIcWYiltD9sHAWlya`

// An older hash costs less than one of today. What is missing is made up for a wrong password, so that the response time tells
// nothing about the account: each cost is twice the one before, and 2^c + 2^c + 2^(c+1) + … + 2^(n-1) = 2^n.
function matches(password: string, hashed: string, rounds: number): boolean {
  const isRight = bcrypt.compareSync(password, hashed)
  if (!isRight) {
    for (let cost = roundsOf(hashed); cost < rounds; cost += 1) bcrypt.compareSync(password, unknownHash(cost))
  }
  return isRight
}
