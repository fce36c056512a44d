/** MySQL or MariaDB: a pool behind kysely, with a deadline on every statement. */
import { type CompiledQuery, Kysely, MysqlDialect, type Transaction } from 'kysely'
import { createPool, type PoolOptions } from 'mysql2'
import { config } from '../core/config.ts'
import type { Database } from '../schema/tables.ts'
import { connectTimeoutMs, StatementTimeout, withDeadlines } from './mysql-pool.ts'
import { databaseToken } from './presign.ts'

export type Db = Kysely<Database>
export type Tx = Transaction<Database>

interface Options {
  url?: string
  /** Reads have half of it, since they are repeated. */
  statementTimeoutMs?: number
  /** Whether one query may hold several statements, which an SQL injection could exploit. */
  multipleStatements?: boolean
}

/**
 * A database with its own pool. Building it does no I/O; the first statement connects.
 *
 * A statement that is not answered in time fails as an outage. A read outside a transaction is repeated once before that, on
 * another connection.
 */
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
  const timeoutMsOf = (text: string): number => (isRead(text) ? statementTimeoutMs / 2 : statementTimeoutMs)
  const db = new Kysely<Database>({ dialect: new MysqlDialect({ pool: withDeadlines(pool, timeoutMsOf) }) })
  repeatReads(db)
  return db
}

export const db: Db = openDb()

/**
 * How to reach what a URL names. Of our own are `?tls=true`, and `?auth=iam`: TLS with a token of RDS for a password, made at each
 * connect. Certificates are verified, and must name the host.
 */
function addressOf(url: string): Pick<PoolOptions, 'uri' | 'ssl' | 'authPlugins'> {
  const address = new URL(url)
  const { searchParams } = address
  const isIam = searchParams.get('auth') === 'iam'
  const isTls = isIam || searchParams.get('tls') === 'true'
  searchParams.delete('auth')
  searchParams.delete('tls')
  return {
    uri: address.href,
    ...(isTls && { ssl: { verifyIdentity: true } }),
    ...(isIam && { authPlugins: { mysql_clear_password: () => () => Buffer.from(`${databaseToken(address)}\0`) } }),
  }
}

// What neither writes nor waits for a lock. Values are parameters, so the words can only be SQL.
const isRead = (text: string): boolean =>
  /^\s*(select|with)\b/i.test(text) && !/\b(update|delete|into|share|get_lock)\b/i.test(text)

// Transactions and reserved connections have executors of their own, so this is the place that only single statements pass.
function repeatReads(db: Db): void {
  const executor = db.getExecutor()
  const execute = executor.executeQuery.bind(executor)
  executor.executeQuery = async <R>(query: CompiledQuery<R>) => {
    try {
      return await execute(query)
    } catch (error) {
      if (!(error instanceof StatementTimeout && isRead(query.sql))) throw error
      return await execute(query)
    }
  }
}
