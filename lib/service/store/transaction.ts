/** Two ways to run a transaction. Both retry when the database rolled it back in favour of another. */
import { CompiledQuery } from 'kysely'
import type { Clients } from '../../client/clients.ts'
import type { Db, Tx } from '../../client/mysql.ts'

// Lock wait timeout and deadlock: the database rolled back, and a retry may succeed.
const conflictErrors = new Set([1205, 1213])
const attempts = 4

/**
 * Runs `work` in a transaction and commits.
 *
 * Retries up to three times after a deadlock or lock timeout, so `work` must have no effects outside the transaction.
 */
export async function transact<T>({ db }: Pick<Clients, 'db'>, work: (tx: Tx) => Promise<T>): Promise<T> {
  return await retried(() => db.transaction().execute(work))
}

/** Compiled statements by name; the statements of one name return rows of one type. */
export type Statements<Rows> = { [Name in keyof Rows]: readonly CompiledQuery<Rows[Name]>[] }

/** The rows of the statements by name, in order. */
export type RowsOfEach<Rows> = { [Name in keyof Rows]: Rows[Name][] }

/** The result of a write. */
export interface Change {
  /** The first id of an insert, whose other rows have the following ids; else 0. */
  insertId: number
}

/** The writes of a transaction, and its result once they are committed. */
export interface Decision<T> {
  writes: readonly CompiledQuery[]
  committed: (changes: readonly Change[]) => T
}

/**
 * Runs a transaction in two round trips: first `reads`, which begin with the locks, then the writes that `decide` derives
 * from their rows, with the commit.
 *
 * Retries as `transact` does, so `decide` must have no effects outside the transaction.
 */
export async function transactInTwo<Rows extends object, T>(
  { db }: Pick<Clients, 'db'>,
  reads: Statements<Rows>,
  decide: (rows: RowsOfEach<Rows>) => Decision<T>,
): Promise<T> {
  return await retried(() =>
    db.connection().execute(async (connection) => {
      try {
        const { writes, committed } = decide(await begin(connection, reads))
        return committed(await commit(connection, writes))
      } catch (error) {
        // When the rollback fails, the connection is broken, and the database rolls back by itself.
        await rollback(connection).catch(() => undefined)
        throw error
      }
    }),
  )
}

// Runs the statements in order, so each one sees the state under the locks of those before it.
async function begin<Rows extends object>(on: Db, reads: Statements<Rows>): Promise<RowsOfEach<Rows>> {
  const byName = Object.entries<readonly CompiledQuery[]>(reads)
  const [, ...rows] = await executeAll(on, ['begin', ...byName.flatMap(([, statements]) => statements)])
  const results = rows.values()
  return Object.fromEntries(
    byName.map(([name, statements]) => [name, statements.flatMap(() => results.next().value ?? [])]),
  ) as RowsOfEach<Rows>
}

// Commits only after every write has succeeded.
async function commit(on: Db, writes: readonly CompiledQuery[]): Promise<Change[]> {
  return (await executeAll(on, [...writes, 'commit'])) as Change[]
}

async function rollback(on: Db): Promise<void> {
  await on.executeQuery(CompiledQuery.raw('rollback'))
}

// One query. The statements after a failing one do not run.
async function executeAll(on: Db, statements: readonly (CompiledQuery | string)[]): Promise<unknown[]> {
  const texts = statements.map((each) => (typeof each === 'string' ? each : each.sql))
  const parameters = statements.flatMap((each) => (typeof each === 'string' ? [] : each.parameters))
  return (await on.executeQuery(CompiledQuery.raw(texts.join(';\n'), parameters))).rows
}

async function retried<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction()
    } catch (error) {
      if (attempt === attempts || !isConflict(error)) throw error
    }
  }
}

function isConflict(error: unknown): boolean {
  return conflictErrors.has(errorNumber(error))
}

/** True when `error` means that a unique key has this value already. */
export function isDuplicateKey(error: unknown): boolean {
  return errorNumber(error) === 1062
}

// Null, out of range, truncated, wrong value, wrong encoding, too long, constraint violated (MySQL, MariaDB).
const dataErrors = new Set([1048, 1264, 1265, 1292, 1366, 1406, 3819, 4025])

/** True when the database rejects the data itself: a retry with the same data fails again. */
export function isDataError(error: unknown): boolean {
  return dataErrors.has(errorNumber(error))
}

const errorNumber = (error: unknown): number =>
  error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : 0
