/**
 * Members in place of pairs: one row holds what a user has read of a conversation and which part of it the user may see,
 * for pairs and groups alike. The unread count is computed, not stored: see `MemberTable` in tables.ts.
 */
import { type Kysely, sql } from 'kysely'
import { hasColumn } from '../has-column.ts'

const members = `create table if not exists members (
  conversation_id bigint unsigned not null,
  user_id bigint unsigned not null,
  state tinyint unsigned not null default 1,
  role tinyint unsigned not null default 3,
  nickname varchar(64) not null default '',
  from_seq bigint unsigned not null default 1,
  until_seq bigint unsigned null,
  read_seq bigint unsigned not null default 0,
  read_ordinal bigint unsigned not null default 0,
  own_after_read bigint unsigned not null default 0,
  mute_until bigint unsigned not null default 0,
  joined_at bigint unsigned not null,
  primary key (conversation_id, user_id),
  key members_user (user_id, conversation_id)
) engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin`

/** Each names the column that shows whether it was applied: DDL commits implicitly, and may be repeated after a crash. */
const additions = [
  {
    table: 'conversations',
    column: 'kind',
    statement: `alter table conversations
      modify low_id bigint unsigned null,
      modify high_id bigint unsigned null,
      add column kind tinyint unsigned not null default 2,
      add column group_id bigint unsigned null,
      add column notice_count bigint unsigned not null default 0,
      add unique key conversations_group (group_id),
      add constraint conversations_address check (
        (kind = 2 and low_id is not null and high_id is not null and group_id is null)
        or (kind = 3 and low_id is null and high_id is null and group_id is not null))`,
  },
  {
    table: 'messages',
    column: 'notice_count',
    statement: 'alter table messages add column notice_count bigint unsigned not null default 0',
  },
]

// Conversations a statement, so that locks are short in a database of any size.
const conversationsAtOnce = 2_000

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(members).execute(db)
  for (const { table, column, statement } of additions) {
    if (!(await hasColumn(db, table, column))) await sql.raw(statement).execute(db)
  }
  if (!(await hasColumn(db, 'relations', 'last_read_seq'))) return
  await copyPairs(db)
  await sql`alter table relations drop column last_read_seq, drop column unread_count`.execute(db)
}

/**
 * Inserts both members of each pair. Friends keep their read mark and unread count: in a pair, every message after the mark
 * that is not unread is the reader's own. After a friendship has ended, all messages count as read and stay visible.
 */
async function copyPairs(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ last: number | null }>`select max(id) as last from conversations`.execute(db)
  const last = rows[0]?.last ?? 0
  for (let first = 1; first <= last; first += conversationsAtOnce) {
    const side = (user: string, other: string) => sql`
      select c.id, ${sql.ref(user)}, case when r.id is null then 0 else 1 end,
        case when r.id is null then c.last_seq end,
        coalesce(r.last_read_seq, c.last_seq), coalesce(r.last_read_seq, c.last_seq),
        case when r.id is null then 0 else c.last_seq - r.last_read_seq - r.unread_count end, coalesce(r.created_at, 0)
      from conversations c
      left join relations r on r.owner_id = ${sql.ref(user)} and r.target_id = ${sql.ref(other)} and r.type = 1
      where c.id between ${first} and ${first + conversationsAtOnce - 1} and (r.id is not null or c.last_seq > 0)`
    await sql`insert ignore into members
      (conversation_id, user_id, state, until_seq, read_seq, read_ordinal, own_after_read, joined_at)
      ${side('c.low_id', 'c.high_id')} union all ${side('c.high_id', 'c.low_id')}`.execute(db)
  }
}
