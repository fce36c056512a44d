/** Salvaging: stores what can be stored of a batch, and finds the records that can never be. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Clients } from '../../client/clients.ts'
import * as log from '../../core/log.ts'
import type { ChatRecord, Delivered } from '../../wire/record.ts'
import { isDataError, isDuplicateKey } from '../store/transaction.ts'
import type { Outcome } from './resolve.ts'
import { store } from './store.ts'

const retryPauseMs = 250
const bugAttempts = 3

type Decoded = Pick<Delivered<ChatRecord>, 'value'>

/** What became of a batch. A rejected record has the outcome `UNPROCESSABLE`, too, if it could be read. */
export interface Salvaged<One> {
  outcomes: Outcome[]
  rejected: { record: One; reason: string }[]
}

/** Stores the records that can be read; the others are rejected. Throws when the database cannot be reached. */
export async function salvage<One extends Decoded>(
  { db }: Pick<Clients, 'db'>,
  delivered: readonly One[],
): Promise<Salvaged<One>> {
  const unreadable = delivered.filter(({ value }) => value === undefined)
  const { outcomes, rejected } = await storeHalving(
    { db },
    delivered.filter(({ value }) => value !== undefined),
  )
  return { outcomes, rejected: [...unreadable.map((record) => ({ record, reason: 'undecodable' })), ...rejected] }
}

// Finds a record that the database rejects, or that makes our own code throw, by halving; the other records are stored in
// order.
async function storeHalving<One extends Decoded>(
  { db }: Pick<Clients, 'db'>,
  delivered: readonly One[],
): Promise<Salvaged<One>> {
  try {
    return { outcomes: await store({ db }, valuesOf(delivered), Date.now()), rejected: [] }
  } catch (error) {
    if (!isOfRecord(error)) throw error
    if (delivered.length === 1) return await storeAlone({ db }, delivered, error)
    const middle = Math.ceil(delivered.length / 2)
    const first = await storeHalving({ db }, delivered.slice(0, middle))
    const second = await storeHalving({ db }, delivered.slice(middle))
    return {
      outcomes: [...first.outcomes, ...second.outcomes],
      rejected: [...first.rejected, ...second.rejected],
    }
  }
}

// Tries one record as often as its error may be about something else, then rejects it.
async function storeAlone<One extends Decoded>(
  { db }: Pick<Clients, 'db'>,
  delivered: readonly One[],
  first: unknown,
): Promise<Salvaged<One>> {
  let error = first
  for (let attempt = 1; attempt < attemptsFor(error); attempt++) {
    if (isBug(error)) await pause(retryPauseMs)
    try {
      return { outcomes: await store({ db }, valuesOf(delivered), Date.now()), rejected: [] }
    } catch (again) {
      if (!isOfRecord(again)) throw again
      error = again
    }
  }
  const reason = isBug(error) ? `fault: ${error.name}` : 'rejected by the database'
  for (const { record_id } of valuesOf(delivered)) log.error('record rejected', error, { record_id })
  return {
    outcomes: valuesOf(delivered).map((record) => ({ record, kind: 'refused', reason: 'UNPROCESSABLE' })),
    rejected: delivered.map((record) => ({ record, reason })),
  }
}

// A driver may throw an error of our own kinds while its server goes down. A duplicate key means that another partition has
// stored the same client_msg_id meanwhile, which the next attempt sees; or that the record can never be stored.
function attemptsFor(error: unknown): number {
  if (isBug(error)) return bugAttempts
  return isDuplicateKey(error) ? 2 : 1
}

const isOfRecord = (error: unknown): boolean => isDataError(error) || isDuplicateKey(error) || isBug(error)

// Errors of our own code: the same record causes them again.
const isBug = (error: unknown): error is Error =>
  error instanceof TypeError ||
  error instanceof RangeError ||
  error instanceof SyntaxError ||
  error instanceof ReferenceError ||
  error instanceof URIError

const valuesOf = (delivered: readonly Decoded[]): ChatRecord[] => delivered.flatMap(({ value }) => value ?? [])
