/** Groups, written straight into the database until there are routes that make them. */
import { createConnection, type ResultSetHeader } from 'mysql2/promise'
import type { Person } from './people.ts'

/** The service's own database, if the run was given it. */
export const databaseUrl = process.env.MYSQL_URL

/** Makes a group that has the id of the first of its members, so that a user and a group of one id are in every test. */
export const groupOf = (...members: [Person, ...Person[]]): Promise<{ id: number }> =>
  groupIn(databaseUrl ?? '', members)

/** The same in a database that is named. */
export async function groupIn(mysqlUrl: string, members: readonly { id: number }[]): Promise<{ id: number }> {
  const connection = await createConnection(mysqlUrl)
  try {
    const id = members[0]?.id ?? 0
    const [{ insertId }] = await connection.query<ResultSetHeader>(
      "insert into conversations (kind, group_id, content) values (3, ?, '')",
      [id],
    )
    const rows = members.map((member) => [insertId, member.id, Date.now()])
    await connection.query('insert into members (conversation_id, user_id, joined_at) values ?', [rows])
    return { id }
  } finally {
    await connection.end()
  }
}
