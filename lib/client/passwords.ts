/** Password hashes: made and compared beside the event loop where other requests would wait. */
import { config } from '../core/config.ts'
import { type HashWork, hashWork, roundsOf, unknownHash } from '../core/password.ts'

export interface Passwords {
  /** A salted hash. bcrypt uses the first 72 bytes only, so callers refuse longer passwords. */
  hash(password: string): Promise<string>
  /** True when `hashed` was made from `password`. Takes as long when there is no account. */
  matches(password: string, hashed: string | undefined): Promise<boolean>
  /** Whether a hash costs less than those that are made now. */
  isOutdated(hashed: string): boolean
}

export const passwords: Passwords = {
  hash: async (password) => String(await work({ password })),
  matches: async (password, hashed = unknownHash(config.hashRounds)) => (await work({ password, hashed })) === true,
  isOutdated: (hashed) => roundsOf(hashed) < config.hashRounds,
}

// On Lambda a process has one request at a time: nobody else waits, and a thread would only have to start. Locally all functions
// share a process.
async function work(given: Omit<HashWork, 'rounds'>): Promise<string | boolean> {
  const whole = { ...given, rounds: config.hashRounds }
  if (config.stage !== 'local') return hashWork(whole)
  const { hashInThread } = await import('./hash-thread.ts')
  return await hashInThread(whole)
}
