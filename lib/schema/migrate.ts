/** Brings a database to the newest schema. */
import type { Kysely } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import * as chat from './migrations/0001-chat.ts'
import * as members from './migrations/0002-members.ts'
import * as friendList from './migrations/0003-friend-list.ts'
import * as openSessions from './migrations/0004-open-sessions.ts'
import * as deletions from './migrations/0005-deletions.ts'
import * as conversationOfRelation from './migrations/0006-conversation-of-relation.ts'
import * as groups from './migrations/0007-groups.ts'
import * as media from './migrations/0008-media.ts'
import * as messageChanges from './migrations/0009-message-changes.ts'
import * as refusals from './migrations/0010-refusals.ts'
import type { Database } from './tables.ts'

// An explicit map, because a bundle has no folder to scan.
const migrations = {
  '0001-chat': chat,
  '0002-members': members,
  '0003-friend-list': friendList,
  '0004-open-sessions': openSessions,
  '0005-deletions': deletions,
  '0006-conversation-of-relation': conversationOfRelation,
  '0007-groups': groups,
  '0008-media': media,
  '0009-message-changes': messageChanges,
  '0010-refusals': refusals,
} satisfies Record<string, Migration>

/**
 * Applies the missing migrations in order, up to `last` or to the newest; returns their names. After the newest it completes what
 * functions that know an older schema have written since.
 *
 * Concurrent calls are safe: the migrator takes a lock in the database, and the second one finds nothing to do.
 */
export async function migrate(db: Kysely<Database>, last?: keyof typeof migrations): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const { error, results } = await (last === undefined ? migrator.migrateToLatest() : migrator.migrateTo(last))
  if (error) throw error
  if (last === undefined) await conversationOfRelation.nameLatest(db)
  return (results ?? []).map(({ migrationName }) => migrationName)
}
