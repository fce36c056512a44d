import { openDb } from '../../lib/client/mysql.ts'
import { migrate } from '../../lib/schema/migrate.ts'

// The lock is waited for, and a table may be large.
const statementTimeoutMs = 280_000

/** Brings the database to the newest schema; returns the migrations it applied. Two at once do not collide. */
export async function handler(): Promise<string[]> {
  const db = openDb({ statementTimeoutMs })
  try {
    return await migrate(db)
  } finally {
    await db.destroy()
  }
}
