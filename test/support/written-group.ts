/** Groups that are written into the database, since they have to have the id of a user. */
import { type Connection, createConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise'
import type { Target } from './chat.ts'
import type { Person } from './people.ts'

/** The service's own database, if the run was given it. */
export const databaseUrl = process.env.MYSQL_URL

export type Group = Required<Target>

/** Makes a group that has the id of the first of its members, so that a user and a group of one id are in every test. */
export const groupOf = (...members: [Person, ...Person[]]): Promise<Group> => groupIn(databaseUrl ?? '', members)

/** The same in a database that is named. */
export function groupIn(mysqlUrl: string, members: readonly { id: number }[]): Promise<Group> {
  return inDatabase(mysqlUrl, async (connection) => {
    const id = members[0]?.id ?? 0
    await connection.query(
      "insert into `groups` (id, code, name, owner_id, creator_id, member_count, created_at) values (?, ?, 'A group', ?, ?, ?, ?)",
      [id, `T${id}`, id, id, members.length, Date.now()],
    )
    const [{ insertId }] = await connection.query<ResultSetHeader>(
      "insert into conversations (kind, group_id, content) values (3, ?, '')",
      [id],
    )
    const rows = members.map((member) => [insertId, member.id, Date.now()])
    await connection.query('insert into members (conversation_id, user_id, joined_at) values ?', [rows])
    return { id, chat_type: 3 }
  })
}

/** Ends a membership: what was said until now stays readable. */
export function leave(group: Group, member: Person): Promise<void> {
  return inDatabase(databaseUrl, async (connection) => {
    await connection.query(
      `update members m join conversations c on c.id = m.conversation_id set m.state = 0, m.until_seq = c.last_seq
        where c.group_id = ? and m.user_id = ?`,
      [group.id, member.id],
    )
  })
}

/** Adds so many members to a group, who are nobody and never come. */
export const fill = (group: Pick<Group, 'id'>, count: number): Promise<void> => fillIn(databaseUrl ?? '', group, count)

/** The same in a database that is named. */
export function fillIn(mysqlUrl: string, { id }: Pick<Group, 'id'>, count: number): Promise<void> {
  return inDatabase(mysqlUrl, async (connection) => {
    const [[row]] = await connection.query<RowDataPacket[]>('select id from conversations where group_id = ?', [id])
    const rows = Array.from({ length: count }, (_, index) => [row?.id, 5e12 + index, Date.now()])
    await connection.query('insert into members (conversation_id, user_id, joined_at) values ?', [rows])
  })
}

async function inDatabase<T>(url: string | undefined, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await createConnection(url ?? '')
  try {
    return await work(connection)
  } finally {
    await connection.end()
  }
}
