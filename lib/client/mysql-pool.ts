/** mysql2's pool as kysely wants it: its connections are alive when they are handed out, and every statement has a deadline. */
import type { MysqlPool, MysqlPoolConnection } from 'kysely'
import type { Pool, PoolConnection, QueryValues } from 'mysql2'
import { DependencyTimeout } from '../core/outage.ts'

export const connectTimeoutMs = 2_000
// Networks forget connections without a word, and a frozen function does not see its own timers pass. So a connection that
// was not used for a second is asked for a sign of life, which costs a round trip, before a statement is trusted to it.
const trustedMs = 1_000
const pingTimeoutMs = 500

/** A statement was not answered in time. Its connection is closed; whether it was executed is unknown. */
export class StatementTimeout extends DependencyTimeout {}

type Callback<T> = (error: unknown, result: T) => void

/**
 * Adds deadlines to a pool: for a connection, and for a statement, `timeoutMsOf` its text.
 *
 * mysql2 sets no deadline for the wait in its queue, and its statement timeout leaves the late response in the stream, so a
 * timeout here destroys the connection. kysely's abort signals would have to be given to each query, and never reach the
 * statements that begin and commit a transaction.
 */
export function withDeadlines(pool: Pool, timeoutMsOf: (sql: string) => number): MysqlPool {
  // After a connection was found silent, the others may lead nowhere, too: the server may have moved to another address.
  let distrustedBefore = 0
  const distrustAll = (): void => {
    distrustedBefore = Date.now()
  }

  function getAlive(callback: Callback<PoolConnection | undefined>): void {
    pool.getConnection((error, connection) => {
      if (error) return callback(error, undefined)
      const replace = (): void => {
        connection.destroy()
        getAlive(callback)
      }
      const used = usedAt(connection)
      if (used < distrustedBefore) return replace()
      if (Date.now() - used < trustedMs) return callback(undefined, connection)
      const answered = (failure: unknown): void => (failure ? replace() : callback(undefined, connection))
      const finish = once(answered, pingTimeoutMs, () => {
        distrustAll()
        return new DependencyTimeout('mysql', pingTimeoutMs)
      })
      connection.ping((failure) => finish(failure, undefined))
    })
  }

  return {
    getConnection(callback) {
      const timeoutMs = connectTimeoutMs + 1_000
      const finish = once(
        callback as Callback<MysqlPoolConnection | undefined>,
        timeoutMs,
        () => new DependencyTimeout('mysql', timeoutMs),
      )
      getAlive((error, connection) => {
        const guard = connection && guarded(connection, timeoutMsOf, distrustAll)
        if (!finish(error, guard)) connection?.release()
      })
    },
    end: (callback) => pool.end(callback),
  }
}

// mysql2 keeps the time, and does not tell it in its types.
const usedAt = (connection: PoolConnection): number =>
  'lastActiveTime' in connection ? Number(connection.lastActiveTime) : 0

const guards = new WeakMap<PoolConnection, MysqlPoolConnection>()

// One object for each connection: kysely identifies connections by object.
function guarded(
  connection: PoolConnection,
  timeoutMsOf: (sql: string) => number,
  onTimeout: () => void,
): MysqlPoolConnection {
  const known = guards.get(connection)
  if (known) return known
  const guard: MysqlPoolConnection = {
    query(sql, parameters, callback = () => {}) {
      const timeoutMs = timeoutMsOf(sql)
      const finish = once(callback, timeoutMs, () => {
        connection.destroy()
        onTimeout()
        return new StatementTimeout('mysql', timeoutMs)
      })
      connection.query({ sql, values: parameters as QueryValues }, (error, result) => finish(error, result as never))
      return { stream: () => unsupported('streaming') }
    },
    destroy: () => connection.destroy(),
    release: () => connection.release(),
    threadId: connection.threadId ?? 0,
    config: connection.config,
    connect: () => unsupported('connect'),
  }
  guards.set(connection, guard)
  return guard
}

function unsupported(what: string): never {
  throw new Error(`${what} is not used here`)
}

// Calls back once: with the result, or with what `expire` returns. The returned function tells whether its result was in time.
function once<T>(callback: Callback<T>, milliseconds: number, expire: () => Error) {
  let isFinished = false
  const timer = setTimeout(() => {
    isFinished = true
    callback(expire(), undefined as T)
  }, milliseconds)
  return (error: unknown, result: T): boolean => {
    if (isFinished) return false
    isFinished = true
    clearTimeout(timer)
    callback(error, result)
    return true
  }
}
