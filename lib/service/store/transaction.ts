/** Two ways to run a transaction, both retried when the database gave it up for another. */
import { CompiledQuery } from 'kysely'
import type { Clients } from '../../client/clients.ts'
import type { Db, Tx } from '../../client/mysql.ts'

// Lock wait timeout and deadlock: the database rolled back, and the same work may pass now.
const givenUp = new Set([1205, 1213])
const attempts = 4

/**
 * Runs `work` in a transaction and commits.
 *
 * Up to three retries when the database gave the transaction up for another one, so `work` must have no effect outside.
 */
export async function transact<T>({ db }: Pick<Clients, 'db'>, work: (tx: Tx) => Promise<T>): Promise<T> {
  return await retried(() => db.transaction().execute(work))
}

/** Statements that are ready to be sent: under each name those whose rows are of one type. */
export type Statements<Rows> = { [Name in keyof Rows]: readonly CompiledQuery<Rows[Name]>[] }

/** Under each name the rows of its statements, one after another. */
export type RowsOfEach<Rows> = { [Name in keyof Rows]: Rows[Name][] }

/** What a statement has changed. */
export interface Change {
  /** The first of the ids that an insert has given; those of its other rows follow. Else 0. */
  insertId: number
}

/** What a transaction writes, and what its caller gets once that is committed. */
export interface Decision<T> {
  writes: readonly CompiledQuery[]
  committed: (changes: readonly Change[]) => T
}

/**
 * Runs a transaction in two round trips: `reads`, whose first take the locks, then what `decide` makes of their rows, with
 * the commit. A transaction of many statements costs the time of two.
 *
 * Retried as `transact` is, so `decide` must have no effect outside.
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
        // Where this fails, too, the connection is broken, and the transaction gone with it.
        await rollback(connection).catch(() => undefined)
        throw error
      }
    }),
  )
}

// In the order of their names: each statement sees what those before it have locked.
async function begin<Rows extends object>(on: Db, reads: Statements<Rows>): Promise<RowsOfEach<Rows>> {
  const named = Object.entries<readonly CompiledQuery[]>(reads)
  const [, ...rows] = await together(on, ['begin', ...named.flatMap(([, statements]) => statements)])
  const results = rows.values()
  return Object.fromEntries(
    named.map(([name, statements]) => [name, statements.flatMap(() => results.next().value ?? [])]),
  ) as RowsOfEach<Rows>
}

// Nothing is committed unless all is written.
async function commit(on: Db, writes: readonly CompiledQuery[]): Promise<Change[]> {
  return (await together(on, [...writes, 'commit'])) as Change[]
}

async function rollback(on: Db): Promise<void> {
  await on.executeQuery(CompiledQuery.raw('rollback'))
}

// The first statement that fails is the last that runs.
async function together(on: Db, statements: readonly (CompiledQuery | string)[]): Promise<unknown[]> {
  const texts = statements.map((each) => (typeof each === 'string' ? each : each.sql))
  const parameters = statements.flatMap((each) => (typeof each === 'string' ? [] : each.parameters))
  return (await on.executeQuery(CompiledQuery.raw(texts.join(';\n'), parameters))).rows
}

async function retried<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction()
    } catch (error) {
      if (attempt === attempts || !wasGivenUp(error)) throw error
    }
  }
}

function wasGivenUp(error: unknown): boolean {
  return givenUp.has(errorNumber(error))
}

/** True when `error` says that a unique key holds this value already. */
export function isDuplicateKey(error: unknown): boolean {
  return errorNumber(error) === 1062
}

// Null, out of range, truncated, wrong value, wrong encoding, too long, constraint violated (MySQL, MariaDB).
const dataErrors = new Set([1048, 1264, 1265, 1292, 1366, 1406, 3819, 4025])

/** True when the database refuses the data as such: the same data will be refused again. */
export function isDataError(error: unknown): boolean {
  return dataErrors.has(errorNumber(error))
}

const errorNumber = (error: unknown): number =>
  error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : 0
