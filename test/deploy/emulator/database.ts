/** Users of this machine's database that stand for those of a stage: made by its deploy command, and gone after the test. */
import { randomBytes } from 'node:crypto'
import { createConnection, type RowDataPacket } from 'mysql2/promise'

export interface Database {
  host: string
  port: number
  /** Who may make users. */
  user: string
  password: string
  /** Of the database itself. */
  name: string
  /** Set behind the name of each user of the stage, so that no user of this machine has it. */
  suffix: string
  /** Of each of them. */
  passwordOfUsers: string
}

/** @param administrator - the address of the database, with somebody who may make users */
export function readDatabase(administrator: string): Database {
  const { hostname: host, port, username, password, pathname } = new URL(administrator)
  return {
    host,
    port: Number(port || 3306),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    name: decodeURIComponent(pathname.slice(1)),
    suffix: `_${randomBytes(4).toString('hex')}`,
    passwordOfUsers: randomBytes(16).toString('hex'),
  }
}

export async function dropUsers({ host, port, user, password, suffix }: Database): Promise<void> {
  const connection = await createConnection({ host, port, user, password, connectTimeout: 5_000 })
  try {
    const [users] = await connection.query<RowDataPacket[]>(
      'select user as name, host as host from mysql.user where right(user, ?) = ?',
      [suffix.length, suffix],
    )
    for (const { name, host } of users) await connection.query('drop user ?@?', [name, host])
  } finally {
    await connection.end()
  }
}
