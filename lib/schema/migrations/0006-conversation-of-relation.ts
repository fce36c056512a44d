/** Each relation names the conversation of its two, so that the list of friends finds that by its id. */
import { type Kysely, type QueryExecutorProvider, sql } from 'kysely'
import { hasColumn } from '../has-column.ts'

// Relations a statement, so that locks are short in a database of any size.
const relationsAtOnce = 2_000
// So many relations may be made between the last function of before and the end of a deployment.
const vainSteps = 10

/** DDL commits implicitly, and may be repeated after a crash: the index comes last, and shows that all is done. */
export async function up(db: Kysely<unknown>): Promise<void> {
  if (await isListed(db)) return
  // 0 is not named yet: rows that are there, and those of functions that know no such column (see `nameLatest`).
  if (!(await hasColumn(db, 'relations', 'conversation_id'))) {
    await sql`alter table relations add column conversation_id bigint unsigned not null default 0`.execute(db)
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

async function nameConversations(db: QueryExecutorProvider): Promise<void> {
  const last = await lastRelation(db)
  for (let first = 1; first <= last; first += relationsAtOnce) await nameFrom(db, first)
}

/**
 * Names the conversations of the latest relations, from the newest back until several steps find none to name: functions of before
 * make relations without, until those of now take their place. May be repeated at any time.
 */
export async function nameLatest(db: QueryExecutorProvider): Promise<void> {
  let vain = 0
  for (let last = await lastRelation(db); last > 0 && vain < vainSteps; last -= relationsAtOnce) {
    vain = (await nameFrom(db, last - relationsAtOnce + 1)) === 0n ? vain + 1 : 0
  }
}

async function lastRelation(db: QueryExecutorProvider): Promise<number> {
  const { rows } = await sql<{ last: number | null }>`select max(id) as last from relations`.execute(db)
  return rows[0]?.last ?? 0
}

/** One step; returns how many it has named. */
async function nameFrom(db: QueryExecutorProvider, first: number): Promise<bigint> {
  const { numAffectedRows = 0n } = await sql`update relations r
    join conversations c on c.low_id = least(r.owner_id, r.target_id) and c.high_id = greatest(r.owner_id, r.target_id)
    set r.conversation_id = c.id
    where r.id between ${first} and ${first + relationsAtOnce - 1} and r.conversation_id = 0`.execute(db)
  return numAffectedRows
}
