/** Each relation names the conversation of its two, so that the list of friends finds that by its id. */
import { type Kysely, sql } from 'kysely'

// Relations a statement, so that locks are short in a database of any size.
const relationsAtOnce = 2_000

/** DDL commits implicitly, and may be repeated after a crash: the index comes last, and shows that all is done. */
export async function up(db: Kysely<unknown>): Promise<void> {
  if (await isListed(db)) return
  // No default: an insert that leaves it out fails, for it would be in no list. Rows that are there begin with 0.
  if (!(await hasColumn(db))) {
    await sql`alter table relations add column conversation_id bigint unsigned not null`.execute(db)
  }
  await nameConversations(db)
  await sql`alter table relations drop key relations_list,
    add key relations_list (owner_id, type, target_id, conversation_id, \`desc\`)`.execute(db)
}

async function isListed(db: Kysely<unknown>): Promise<boolean> {
  const { rows } = await sql`select 1 from information_schema.statistics
    where table_schema = database() and table_name = 'relations'
      and index_name = 'relations_list' and column_name = 'conversation_id'`.execute(db)
  return rows.length > 0
}

async function hasColumn(db: Kysely<unknown>): Promise<boolean> {
  const { rows } = await sql`select 1 from information_schema.columns
    where table_schema = database() and table_name = 'relations' and column_name = 'conversation_id'`.execute(db)
  return rows.length > 0
}

async function nameConversations(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ last: number | null }>`select max(id) as last from relations`.execute(db)
  const last = rows[0]?.last ?? 0
  for (let first = 1; first <= last; first += relationsAtOnce) {
    await sql`update relations r
      join conversations c on c.low_id = least(r.owner_id, r.target_id) and c.high_id = greatest(r.owner_id, r.target_id)
      set r.conversation_id = c.id
      where r.id between ${first} and ${first + relationsAtOnce - 1}`.execute(db)
  }
}
