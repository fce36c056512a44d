/** An index that holds all that the list of friends reads of `relations`, so that it reads no row of that table. */
import { type Kysely, sql } from 'kysely'

/** DDL commits implicitly, and may be repeated after a crash. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql`select 1 from information_schema.statistics
    where table_schema = database() and table_name = 'relations' and index_name = 'relations_list'`.execute(db)
  if (rows.length > 0) return
  await sql`alter table relations add key relations_list (owner_id, type, target_id, \`desc\`)`.execute(db)
}
