/** Brings a database to the newest schema. */
import type { Kysely } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import * as chat from './migrations/0001-chat.ts'
import * as members from './migrations/0002-members.ts'
import type { Database } from './tables.ts'

// An explicit map: a scan of the folder would not survive bundling.
const migrations: Record<string, Migration> = { '0001-chat': chat, '0002-members': members }

/**
 * Applies the migrations that are missing, in order; returns their names.
 *
 * Two at once do not collide: the migrator takes a lock in the database, and the second finds nothing to do.
 */
export async function migrate(db: Kysely<Database>): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error, results } = await migrator.migrateToLatest()
  if (error) throw error
  return (results ?? []).map(({ migrationName }) => migrationName)
}
