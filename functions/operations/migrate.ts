import { openDb } from '../../lib/client/mysql.ts'
import { task } from '../../lib/entry/task.ts'
import { migrate } from '../../lib/schema/migrate.ts'

// The migrator waits for its lock, and a table may be large.
const statementTimeoutMs = 280_000

/** Brings the database to the newest schema, and returns the migrations that it applied. Safe to run twice at once. */
export const handler = task('migrate', async () => {
  const db = openDb({ statementTimeoutMs })
  try {
    return { applied: (await migrate(db)).join(', ') }
  } finally {
    await db.destroy()
  }
})
