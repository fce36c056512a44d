/** Messages that change or answer others, what people feel about them, and whom they mention. */
import { type Kysely, sql } from 'kysely'
import { hasColumn } from '../has-column.ts'

const columns = [
  'kind tinyint unsigned not null default 0',
  'ref_seq bigint unsigned null',
  'changed_seq bigint unsigned not null default 0',
  'edited_seq bigint unsigned not null default 0',
  'recalled tinyint unsigned not null default 0',
  'mention_count tinyint unsigned not null default 0',
]

const statements = [
  `create table if not exists reactions (
    conversation_id bigint unsigned not null,
    seq bigint unsigned not null,
    user_id bigint unsigned not null,
    emoji varchar(32) not null,
    primary key (conversation_id, seq, user_id),
    key reactions_user (user_id)
  )`,
  `create table if not exists mentions (
    conversation_id bigint unsigned not null,
    seq bigint unsigned not null,
    user_id bigint unsigned not null,
    primary key (conversation_id, user_id, seq),
    key mentions_message (conversation_id, seq)
  )`,
]

/** DDL commits implicitly, so each statement can be repeated after a crash. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const column of columns) {
    const [name = ''] = column.split(' ')
    if (await hasColumn(db, 'messages', name)) continue
    await sql`alter table messages add column ${sql.raw(column)}`.execute(db)
  }
  if (!(await hasIndex(db, 'media_links', 'media_links_message', 'seq'))) {
    await sql`alter table media_links add key media_links_message (conversation_id, seq)`.execute(db)
  }
  // A member's own messages are counted by this index alone.
  if (!(await hasIndex(db, 'messages', 'messages_unread', 'kind'))) {
    await sql`alter table messages drop key messages_unread,
      add key messages_unread (conversation_id, from_user_id, kind, seq)`.execute(db)
  }
  for (const statement of statements) {
    await sql`${sql.raw(statement)} engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin`.execute(db)
  }
}

async function hasIndex(db: Kysely<unknown>, table: string, index: string, column: string): Promise<boolean> {
  const { rows } = await sql`select 1 from information_schema.statistics
    where table_schema = database() and table_name = ${table}
      and index_name = ${index} and column_name = ${column}`.execute(db)
  return rows.length > 0
}
