/** Files that users have uploaded, and the messages by which others may see them. */
import { type Kysely, sql } from 'kysely'

const statements = [
  `create table if not exists media (
    id bigint unsigned not null auto_increment primary key,
    name binary(16) not null,
    owner_id bigint unsigned not null,
    path varchar(100) not null,
    filename varchar(255) not null default '',
    state tinyint unsigned not null default 0,
    claimed_until bigint unsigned not null default 0,
    content_type varchar(100) not null default '',
    has_thumbnail tinyint unsigned not null default 0,
    size bigint unsigned not null default 0,
    created_at bigint unsigned not null,
    used_at bigint unsigned null,
    unique key media_name (name),
    key media_owner (owner_id, id),
    key media_unused (used_at, created_at)
  )`,
  `create table if not exists media_links (
    media_id bigint unsigned not null,
    conversation_id bigint unsigned not null,
    seq bigint unsigned not null,
    primary key (media_id, conversation_id, seq)
  )`,
]

/** DDL commits implicitly, so each statement can be repeated after a crash. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) {
    await sql`${sql.raw(statement)} engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin`.execute(db)
  }
}
