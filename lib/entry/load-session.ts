/** Sessions that Redis has lost: rare, so the database's client is imported only then. */
import { redis } from '../client/redis.ts'
import * as session from '../service/session.ts'

/** Copies what MySQL knows of a user's sessions to Redis. */
export async function loadSession(userId: number): Promise<void> {
  const { db } = await import('../client/mysql.ts')
  await session.load({ db, redis }, userId)
}
