/** The truth at the end: what the database holds of some people's conversations. */
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import type { Stored } from './recording.ts'

/** Reads all rows of conversations in which one of `people` takes part. */
export async function readStored(mysqlUrl: string, people: readonly number[]): Promise<Stored> {
  const connection = await createConnection({ uri: mysqlUrl, charset: 'utf8mb4_bin' })
  try {
    const rows = async (sql: string): Promise<RowDataPacket[]> => {
      const [found] = await connection.query<RowDataPacket[]>(sql, [people, people])
      return found
    }
    const conversations = await rows('select * from conversations where low_id in (?) or high_id in (?)')
    const messages = await rows('select * from messages where from_user_id in (?) or to_user_id in (?) order by seq')
    const members = await rows(
      `select m.user_id, if(m.user_id = c.low_id, c.high_id, c.low_id) as friend, m.read_seq,
         c.last_seq - c.notice_count - m.read_ordinal - m.own_after_read as unread
       from members m join conversations c on c.id = m.conversation_id
       where m.state = 1 and c.low_id in (?) and c.high_id in (?)`,
    )
    return {
      conversations: conversations.map((row) => ({
        low: Number(row.low_id),
        high: Number(row.high_id),
        lastSeq: Number(row.last_seq),
      })),
      messages: messages.map((row) => ({
        id: Number(row.id),
        seq: Number(row.seq),
        from: Number(row.from_user_id),
        to: Number(row.to_user_id),
        content: String(row.content),
        createdAt: Number(row.created_at),
        ...(row.client_msg_id && { clientMessageId: String(row.client_msg_id) }),
      })),
      marks: members.map((row) => ({
        owner: Number(row.user_id),
        friend: Number(row.friend),
        readSeq: Number(row.read_seq),
        unread: Number(row.unread),
      })),
    }
  } finally {
    await connection.end()
  }
}
