/** Accounts that are deleted: when, and whose data are still to be erased. */
import { type Kysely, sql } from 'kysely'

const deletions = `create table if not exists deletions (
  user_id bigint unsigned not null primary key,
  deleted_at bigint unsigned not null,
  key deletions_deleted_at (deleted_at)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin`

/** DDL commits implicitly, and may be repeated after a crash. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(deletions).execute(db)
  const columns = await sql`select 1 from information_schema.columns
    where table_schema = database() and table_name = 'users' and column_name = 'deleted_at'`.execute(db)
  if (columns.rows.length === 0) await sql`alter table users add column deleted_at bigint unsigned null`.execute(db)
  // Who has blocked somebody was found by no index.
  const keys = await sql`select 1 from information_schema.statistics
    where table_schema = database() and table_name = 'relations' and index_name = 'relations_target'`.execute(db)
  if (keys.rows.length === 0) await sql`alter table relations add key relations_target (target_id)`.execute(db)
}
