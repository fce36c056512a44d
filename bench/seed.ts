/** People, friendships and messages straight into MySQL, as the services write them, where the API would take too long. */
import { randomBytes } from 'node:crypto'
import { type Connection, createConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise'

const rowsAtOnce = 2_000
// As the tables have them: RelationType.friend, ChatType, and media that is text.
const [friend, direct, group, plainText] = [1, 2, 3, 1]

/** Makes people who cannot log in. @returns their ids. */
export async function seedPeople(mysqlUrl: string, count: number): Promise<number[]> {
  return await withDatabase(mysqlUrl, async (database) => {
    const prefix = `seed-${randomBytes(6).toString('hex')}-`
    const now = Date.now()
    const rows = Array.from({ length: count }, (_, index) => [`${prefix}${index}`, `${prefix}${index}`, '-', now, now])
    await insert(database, 'users (username, username_key, password, created_at, updated_at)', rows)
    const [people] = await database.query<RowDataPacket[]>('select id from users where username like ? order by id', [
      `${prefix}%`,
    ])
    return people.map(({ id }) => Number(id))
  })
}

/** Two people who are friends: the first writes to the second. */
export type Pair = readonly [from: number, to: number]

/** Makes pairs of friends who have not spoken. */
export async function seedPairs(mysqlUrl: string, count: number): Promise<Pair[]> {
  const people = await seedPeople(mysqlUrl, count * 2)
  const pairs = people.slice(count).map((to, index): Pair => [people[index] ?? 0, to])
  await seedFriendships(mysqlUrl, pairs)
  return pairs
}

/** Makes the two of each pair friends who have not spoken. */
export async function seedFriendships(mysqlUrl: string, pairs: readonly Pair[]): Promise<void> {
  await withDatabase(mysqlUrl, async (database) => {
    const now = Date.now()
    const conversations = pairs.map(([one, other]) => [Math.min(one, other), Math.max(one, other), ''])
    await insert(database, 'conversations (low_id, high_id, content)', conversations)
    const people = [...new Set(pairs.flat())]
    for (const [owner, target] of [
      ['low_id', 'high_id'],
      ['high_id', 'low_id'],
    ]) {
      const ofPeople = 'from conversations where low_id in (?) and high_id in (?)'
      await database.query(
        `insert ignore into relations (owner_id, target_id, conversation_id, type, created_at)
         select ${owner}, ${target}, id, ?, ? ${ofPeople}`,
        [friend, now, people, people],
      )
      await database.query(
        `insert ignore into members (conversation_id, user_id, joined_at) select id, ${owner}, ? ${ofPeople}`,
        [now, people, people],
      )
    }
  })
}

/** Makes a group, of which the first of its members is the owner, in which nobody has spoken. @returns its id. */
export async function seedGroup(mysqlUrl: string, members: readonly number[]): Promise<number> {
  return await withDatabase(mysqlUrl, async (database) => {
    const [owner, now] = [members[0], Date.now()]
    const code = randomBytes(4).toString('hex').toUpperCase()
    const [{ insertId: id }] = await database.query<ResultSetHeader>(
      'insert into `groups` (code, name, owner_id, creator_id, member_count, created_at) values (?)',
      [[code, 'A crowd', owner, owner, members.length, now]],
    )
    const [{ insertId: conversation }] = await database.query<ResultSetHeader>(
      'insert into conversations (kind, group_id, content) values (?)',
      [[group, id, '']],
    )
    const rows = members.map((member) => [conversation, member, now])
    await insert(database, 'members (conversation_id, user_id, joined_at)', rows)
    return id
  })
}

/** Gives `person` unread messages: `each` from every friend. */
export async function seedMessages(mysqlUrl: string, person: number, each: number): Promise<void> {
  await withDatabase(mysqlUrl, async (database) => {
    const [conversations] = await database.query<RowDataPacket[]>(
      'select id, if(low_id = ?, high_id, low_id) as friend from conversations where low_id = ? or high_id = ?',
      [person, person, person],
    )
    const now = Date.now()
    const rows = conversations.flatMap(({ id, friend }) =>
      Array.from({ length: each }, (_, index) => {
        const content = `${index} is what was said before`
        const recordId = `seed-${id}-${index}`
        return [id, index + 1, friend, person, content, direct, plainText, now + index, recordId, randomBytes(32)]
      }),
    )
    const columns = 'conversation_id, seq, from_user_id, to_user_id, content, type, media, created_at'
    await insert(database, `messages (${columns}, record_id, body_hash)`, rows)
    await database.query(
      `update conversations c join messages m on m.conversation_id = c.id and m.seq = ?
       set c.last_seq = m.seq, c.last_message_id = m.id, c.last_message_time = m.created_at, c.content = m.content
       where m.to_user_id = ? and c.last_seq = 0`,
      [each, person],
    )
    await database.query(
      `update members m join conversations c on c.id = m.conversation_id
       set m.own_after_read = ? where m.user_id <> ? and ? in (c.low_id, c.high_id)`,
      [each, person, person],
    )
  })
}

async function insert(database: Connection, into: string, rows: readonly (readonly unknown[])[]): Promise<void> {
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    await database.query(`insert into ${into} values ?`, [rows.slice(start, start + rowsAtOnce)])
  }
}

async function withDatabase<T>(mysqlUrl: string, work: (database: Connection) => Promise<T>): Promise<T> {
  const database = await createConnection(mysqlUrl)
  try {
    return await work(database)
  } finally {
    await database.end()
  }
}
