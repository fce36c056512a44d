/** Password hashes (bcrypt). */
import { type HashWork, hashWork, roundsOf, unknownHash } from './bcrypt.ts'
import { config } from './config.ts'

/** A salted hash. bcrypt uses the first 72 bytes only, so callers refuse longer passwords. */
export const hash = async (password: string): Promise<string> => String(await work({ password }))

/** True when `hashed` was made from `password`. Takes as long when there is no account. */
export const matches = async (password: string, hashed = unknownHash(config.hashRounds)): Promise<boolean> =>
  (await work({ password, hashed })) === true

/** Whether a hash costs less than those that are made now. */
export const isOutdated = (hashed: string): boolean => roundsOf(hashed) < config.hashRounds

// On Lambda a process has one request at a time: nobody else waits, and a thread would only have to start. Locally all functions
// share a process.
async function work(given: Omit<HashWork, 'rounds'>): Promise<string | boolean> {
  const whole = { ...given, rounds: config.hashRounds }
  if (config.stage !== 'local') return hashWork(whole)
  const { hashInThread } = await import('./hash-thread.ts')
  return await hashInThread(whole)
}
