/** A database of a test's own, empty until it is migrated. */
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { type Db, openDb } from '../../lib/client/mysql.ts'
import { config } from '../../lib/core/config.ts'
import { db } from './stage.ts'

export interface FreshDatabase {
  /** A client with a pool of its own. */
  open(): Db
  /** Ends the clients and removes the database. */
  drop(): Promise<void>
}

/** Makes an empty database beside the one of the tests. Its collation is not the one that the tables ask for. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const name = `gochat_test_${randomBytes(6).toString('hex')}`
  await sql`create database ${sql.id(name)} character set latin1`.execute(db)
  const url = new URL(config.mysqlUrl)
  url.pathname = name
  const opened: Db[] = []
  return {
    open() {
      const client = openDb(url.href, 20_000)
      opened.push(client)
      return client
    },
    async drop() {
      await Promise.all(opened.map((client) => client.destroy()))
      await sql`drop database ${sql.id(name)}`.execute(db)
    },
  }
}
