/** One way to run a transaction: retried when the database gave it up for another. */
import type { Db, Tx } from '../client/mysql.ts'

// Lock wait timeout and deadlock: the database rolled back, and the same work may pass now.
const givenUp = new Set([1205, 1213])
const attempts = 4

/**
 * Runs `work` in a transaction and commits.
 *
 * Up to three retries when the database gave the transaction up for another one, so `work` must have no effect outside.
 */
export async function transact<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work)
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
