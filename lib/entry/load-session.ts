/** Sessions that Redis has lost. This is rare, so the code that reads them from the database is imported only then. */
import { redis } from '../client/redis.ts'

/** Copies a user's sessions from MySQL to Redis. */
export async function loadSession(userId: number): Promise<void> {
  const [{ db }, session] = await Promise.all([import('../client/mysql.ts'), import('../service/account/session.ts')])
  await session.load({ db, redis }, userId)
}
