/** Groups, written straight into the database until there are routes that make them. */
import { createConnection, type ResultSetHeader } from 'mysql2/promise'
import type { Person } from './people.ts'

/** The service's own database, if the run was given it. */
export const databaseUrl = process.env.MYSQL_URL

/** Makes a group that has the id of the first of its members, so that a user and a group of one id are in every test. */
export async function groupOf(...members: [Person, ...Person[]]): Promise<{ id: number }> {
  const connection = await createConnection(databaseUrl ?? '')
  try {
    const [{ id }] = members
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
