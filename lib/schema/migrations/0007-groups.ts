/** Groups and requests to join them. Who belongs to one stands in `members`, like the two of a pair. */
import { type Kysely, sql } from 'kysely'
import { hasColumn } from '../has-column.ts'

const statements = [
  `create table if not exists \`groups\` (
    id bigint unsigned not null auto_increment primary key,
    code varchar(16) not null,
    name varchar(50) not null,
    icon varchar(255) not null default '',
    \`desc\` varchar(255) not null default '',
    owner_id bigint unsigned not null,
    member_count int unsigned not null default 0,
    join_policy tinyint unsigned not null default 1,
    history_policy tinyint unsigned not null default 1,
    muted tinyint unsigned not null default 0,
    creator_id bigint unsigned not null,
    client_group_id varbinary(256) null,
    created_at bigint unsigned not null,
    dissolved_at bigint unsigned null,
    unique key groups_code (code),
    unique key groups_client_group_id (creator_id, client_group_id)
  )`,
  // One waiting request of a user to a group: \`waiting\` is null for closed ones, and nulls are never equal.
  `create table if not exists group_requests (
    id bigint unsigned not null auto_increment primary key,
    group_id bigint unsigned not null,
    sender_id bigint unsigned not null,
    remark varchar(255) not null default '',
    status tinyint unsigned not null default 0,
    waiting tinyint unsigned generated always as (case when status = 0 then 1 else null end) stored,
    created_at bigint unsigned not null,
    unique key group_requests_waiting (group_id, sender_id, waiting),
    key group_requests_group (group_id, status, id),
    key group_requests_sender (sender_id, id)
  )`,
]

/** DDL commits implicitly, so each statement can be repeated after a crash. */
export async function up(db: Kysely<unknown>): Promise<void> {
  if (!(await hasColumn(db, 'members', 'notify'))) {
    await sql`alter table members add column notify tinyint unsigned not null default 0`.execute(db)
  }
  for (const statement of statements) {
    await sql`${sql.raw(statement)} engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin`.execute(db)
  }
}
