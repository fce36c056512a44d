/** Sessions that are open, with their devices: what their user sees of them. `sessions` stays the list of those that have ended. */
import { type Kysely, sql } from 'kysely'

const openSessions = `create table if not exists open_sessions (
  id bigint unsigned not null auto_increment primary key,
  user_id bigint unsigned not null,
  session_id varchar(64) not null,
  device varchar(160) not null,
  address varchar(64) not null,
  created_at bigint unsigned not null,
  expires_at bigint unsigned not null,
  unique key open_sessions_session (user_id, session_id),
  key open_sessions_user (user_id),
  key open_sessions_expires_at (expires_at)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin`

/** DDL commits implicitly, and may be repeated after a crash. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(openSessions).execute(db)
}
