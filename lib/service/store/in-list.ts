/** Conditions on long lists of values. */
import { type RawBuilder, sql } from 'kysely'

// MariaDB converts a list of 1,000 values to a table and joins it, reading all of the other table. Shorter lists use the index.
const listLength = 500

/** The condition that `columns` are among `values`. */
export function isAmong(columns: RawBuilder<unknown>, values: readonly RawBuilder<unknown>[]): RawBuilder<boolean> {
  const lists = Array.from({ length: Math.ceil(values.length / listLength) }, (_, index) =>
    values.slice(index * listLength, (index + 1) * listLength),
  )
  if (lists.length === 0) return sql`false`
  return sql`(${sql.join(
    lists.map((list) => sql`${columns} in (${sql.join(list)})`),
    sql` or `,
  )})`
}
