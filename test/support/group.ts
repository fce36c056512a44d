/** Groups, written straight into the database until there are routes that make and change them. */
import { type Connection, createConnection, type ResultSetHeader } from 'mysql2/promise'
import type { Target } from './chat.ts'
import type { Person } from './people.ts'

/** The service's own database, if the run was given it. */
export const databaseUrl = process.env.MYSQL_URL

/** Makes a group that has the id of the first of its members, so that a user and a group of one id are in every test. */
export async function groupOf(...members: [Person, ...Person[]]): Promise<Target> {
  const [{ id }] = members
  await inDatabase(async (db) => {
    const [{ insertId }] = await db.query<ResultSetHeader>(
      "insert into conversations (kind, group_id, content) values (3, ?, '')",
      [id],
    )
    const rows = members.map((member) => [insertId, member.id, Date.now()])
    await db.query('insert into members (conversation_id, user_id, joined_at) values ?', [rows])
  })
  return { id, chat_type: 3 }
}

/** Makes somebody a member, who sees what is said from now on. */
export async function join(group: Target, { id }: Person): Promise<void> {
  await inDatabase((db) =>
    db.query(
      `insert into members (conversation_id, user_id, joined_at, from_seq, read_seq, read_ordinal)
       select id, ?, ?, last_seq + 1, last_seq, last_seq - notice_count from conversations where group_id = ?`,
      [id, Date.now(), group.id],
    ),
  )
}

/** Ends a membership: what was said until now may still be seen. */
export async function leave(group: Target, { id }: Person): Promise<void> {
  await changeMember(group, id, 'm.state = 0, m.until_seq = c.last_seq')
}

/** Gives a member a name that holds in the group alone. */
export async function rename(group: Target, { id }: Person, nickname: string): Promise<void> {
  await changeMember(group, id, 'm.nickname = ?', nickname)
}

async function changeMember(group: Target, userId: number, change: string, ...values: string[]): Promise<void> {
  const members = 'members m join conversations c on c.id = m.conversation_id'
  const where = 'c.group_id = ? and m.user_id = ?'
  await inDatabase((db) => db.query(`update ${members} set ${change} where ${where}`, [...values, group.id, userId]))
}

async function inDatabase(work: (db: Connection) => Promise<unknown>): Promise<void> {
  const connection = await createConnection(databaseUrl ?? '')
  try {
    await work(connection)
  } finally {
    await connection.end()
  }
}
