/** Sessions that Redis has lost: rare, so what reads them from the database is imported only then. */
import { redis } from '../client/redis.ts'

/** Copies what MySQL knows of a user's sessions to Redis. */
export async function loadSession(userId: number): Promise<void> {
  const [{ db }, session] = await Promise.all([import('../client/mysql.ts'), import('../service/account/session.ts')])
  await session.load({ db, redis }, userId)
}
