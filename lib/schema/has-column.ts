import { type QueryExecutorProvider, sql } from 'kysely'

/** Whether a table has a column: shows whether a statement was applied, since DDL commits implicitly. */
export async function hasColumn(db: QueryExecutorProvider, table: string, column: string): Promise<boolean> {
  const { rows } = await sql`select 1 from information_schema.columns
    where table_schema = database() and table_name = ${table} and column_name = ${column}`.execute(db)
  return rows.length > 0
}
