/** Refusals of messages that were told. */
import { type Kysely, sql } from 'kysely'

const refusals = `create table if not exists refusals (
  from_user_id bigint unsigned not null,
  message_key varbinary(256) not null,
  reason varchar(64) not null,
  refused_at bigint unsigned not null,
  primary key (from_user_id, message_key),
  key refusals_refused_at (refused_at)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin`

/** DDL commits implicitly, and may be repeated after a crash. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(refusals).execute(db)
}
