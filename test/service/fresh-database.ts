/** A database of a test's own, empty until it is migrated. */
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { type Db, openDb } from '../../lib/client/mysql.ts'
import { config } from '../../lib/core/config.ts'
import { db } from './stage.ts'

export interface FreshDatabase {
  /** A client with a pool of its own. */
  open(): Db
  /** The address of one more database, which is not there. */
  missingUrl: string
  /** Ends the clients and removes both databases. */
  drop(): Promise<void>
}

/** Makes an empty database beside the one of the tests. Its collation is not the one that the tables ask for. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const name = `gochat_test_${randomBytes(6).toString('hex')}`
  await sql`create database ${sql.id(name)} character set latin1`.execute(db)
  const url = urlOf(name)
  const missing = `${name}_missing`
  const opened: Db[] = []
  return {
    missingUrl: urlOf(missing),
    open() {
      const client = openDb({ url, statementTimeoutMs: 20_000, multipleStatements: true })
      opened.push(client)
      return client
    },
    async drop() {
      await Promise.all(opened.map((client) => client.destroy()))
      for (const each of [name, missing]) await sql`drop database if exists ${sql.id(each)}`.execute(db)
    },
  }
}

function urlOf(name: string): string {
  const url = new URL(config.mysqlUrl)
  url.pathname = name
  return url.href
}
