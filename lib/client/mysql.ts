/** MySQL or MariaDB: a pool behind kysely, with a deadline on every statement. */
import { Kysely, MysqlDialect, type MysqlPool, type MysqlPoolConnection, type Transaction } from 'kysely'
import { createPool, type Pool, type PoolConnection, type PoolOptions, type QueryValues } from 'mysql2'
import { config } from '../core/config.ts'
import { DependencyTimeout } from '../core/outage.ts'
import type { Database } from '../schema/tables.ts'
import { databaseToken } from './presign.ts'

export type Db = Kysely<Database>
export type Tx = Transaction<Database>

const connectTimeoutMs = 2_000
// Networks forget connections that are silent for minutes, and a frozen function does not see its own timers pass.
const idleMs = 30_000

interface Options {
  url?: string
  statementTimeoutMs?: number
  /** Whether one query may hold several statements, which an SQL injection could exploit. */
  multipleStatements?: boolean
}

/** A database with its own pool. Building it does no I/O; the first statement connects. */
export function openDb({
  url = config.mysqlUrl,
  statementTimeoutMs = 5_000,
  multipleStatements = false,
}: Options = {}): Db {
  const pool = createPool({
    ...addressOf(url),
    connectionLimit: config.mysqlConnections,
    connectTimeout: connectTimeoutMs,
    enableKeepAlive: true,
    idleTimeout: 60_000,
    charset: 'utf8mb4_bin',
    multipleStatements,
  })
  // Read committed: a statement that follows a row lock sees everything committed before the lock was taken.
  pool.on('connection', (connection) => {
    connection.query('set session transaction isolation level read committed')
    connection.query(
      "set session innodb_lock_wait_timeout = 3, auto_increment_increment = 1, sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE'",
    )
  })
  return new Kysely<Database>({ dialect: new MysqlDialect({ pool: withDeadlines(pool, statementTimeoutMs) }) })
}

export const db: Db = openDb()

/**
 * How to reach what a URL names. Of our own are `?tls=true`, and `?auth=iam`: TLS with a token of RDS for a password, made at each
 * connect. Certificates are verified.
 */
function addressOf(url: string): Pick<PoolOptions, 'uri' | 'ssl' | 'authPlugins'> {
  const address = new URL(url)
  const { host, username, searchParams } = address
  const isIam = searchParams.get('auth') === 'iam'
  const isTls = isIam || searchParams.get('tls') === 'true'
  searchParams.delete('auth')
  searchParams.delete('tls')
  return {
    uri: address.href,
    ...(isTls && { ssl: {} }),
    ...(isIam && {
      authPlugins: { mysql_clear_password: () => () => Buffer.from(`${databaseToken(host, username)}\0`) },
    }),
  }
}

type Callback<T> = (error: unknown, result: T) => void

// mysql2 sets no deadline for the wait in its queue, and its statement timeout leaves the late response in the stream, so a
// timeout here destroys the connection. kysely's abort signals would have to be given to each query, and never reach the
// statements that begin and commit a transaction.
function withDeadlines(pool: Pool, statementTimeoutMs: number): MysqlPool {
  // After a timeout, what was open before may lead nowhere, too: the server may have moved to another address.
  let openedBefore = 0
  const guard = (connection: PoolConnection): MysqlPoolConnection =>
    guarded(connection, statementTimeoutMs, () => {
      openedBefore = Date.now()
    })

  function getFresh(callback: Callback<PoolConnection | undefined>): void {
    pool.getConnection((error, connection) => {
      if (error || usedAt(connection) >= Math.max(openedBefore, Date.now() - idleMs)) return callback(error, connection)
      connection.destroy()
      getFresh(callback)
    })
  }

  return {
    getConnection(callback) {
      const finish = once(callback as Callback<MysqlPoolConnection | undefined>, connectTimeoutMs + 1_000)
      getFresh((error, connection) => {
        if (!finish(error, connection && guard(connection))) connection?.release()
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
function guarded(connection: PoolConnection, statementTimeoutMs: number, onTimeout: () => void): MysqlPoolConnection {
  const known = guards.get(connection)
  if (known) return known
  const guard: MysqlPoolConnection = {
    query(sql, parameters, callback = () => {}) {
      const finish = once(callback, statementTimeoutMs, () => {
        connection.destroy()
        onTimeout()
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

// Calls back once: with the result, or with a timeout. The returned function tells whether its result was in time.
function once<T>(callback: Callback<T>, milliseconds: number, onTimeout?: () => void) {
  let isFinished = false
  const timer = setTimeout(() => {
    isFinished = true
    onTimeout?.()
    callback(new DependencyTimeout('mysql', milliseconds), undefined as T)
  }, milliseconds)
  return (error: unknown, result: T): boolean => {
    if (isFinished) return false
    isFinished = true
    clearTimeout(timer)
    callback(error, result)
    return true
  }
}
