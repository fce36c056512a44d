/** Applies the migrations to the database at MYSQL_URL. */
import { openDb } from '../lib/client/mysql.ts'
import { migrate } from '../lib/schema/migrate.ts'

// Who runs this script gives it 120 s.
const db = openDb({ statementTimeoutMs: 110_000 })
const applied = await migrate(db)
await db.destroy()
console.log(applied.length > 0 ? `applied ${applied.join(', ')}` : 'the schema is up to date')
