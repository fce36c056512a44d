/** Reads what the database holds at the end of a run. */
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import type { CrowdRow } from './crowd-log.ts'
import type { Recording, Stored } from './recording.ts'
import { conversationOf, groupTarget, type Target, userTarget } from './target.ts'

/** Reads every conversation in which a member of one of these takes part. */
export async function readStored(mysqlUrl: string, members: Recording['conversations']): Promise<Stored> {
  const people = [...new Set([...members.values()].flat())]
  const connection = await createConnection({ uri: mysqlUrl, charset: 'utf8mb4_bin' })
  try {
    const rows = async (sql: string, ...values: unknown[]): Promise<RowDataPacket[]> => {
      const [found] = await connection.query<RowDataPacket[]>(sql, values)
      return found
    }
    const conversations = await rows(
      `select * from conversations where low_id in (?) or high_id in (?)
         or id in (select conversation_id from members where user_id in (?))`,
      people,
      people,
      people,
    )
    const byId = new Map(conversations.map((row) => [Number(row.id), row]))
    const nameOf = (id: unknown): string => {
      const row = byId.get(Number(id))
      return conversationOf(Number(row?.low_id), targetFor(Number(row?.low_id), row))
    }
    const messages = await rows('select * from messages where conversation_id in (?) order by seq', [...byId.keys()])
    const members = await rows(
      `select m.*, c.last_seq - c.notice_count - m.read_ordinal - m.own_after_read as unread
       from members m join conversations c on c.id = m.conversation_id
       where m.state = 1 and m.conversation_id in (?)`,
      [...byId.keys()],
    )
    const links = await rows(
      `select l.conversation_id, l.seq, f.path from media_links l join media f on f.id = l.media_id
       where l.conversation_id in (?)`,
      [...byId.keys()],
    )
    return {
      conversations: conversations.map(({ id, last_seq }) => ({ conversation: nameOf(id), lastSeq: Number(last_seq) })),
      messages: messages.map((row) => ({
        id: Number(row.id),
        conversation: nameOf(row.conversation_id),
        seq: Number(row.seq),
        from: Number(row.from_user_id),
        content: String(row.content),
        createdAt: Number(row.created_at),
        ...(row.client_msg_id && { clientMessageId: String(row.client_msg_id) }),
      })),
      marks: members.map((row) => ({
        owner: Number(row.user_id),
        target: targetFor(Number(row.user_id), byId.get(Number(row.conversation_id))),
        readSeq: Number(row.read_seq),
        unread: Number(row.unread),
      })),
      links: links.map((row) => ({
        conversation: nameOf(row.conversation_id),
        seq: Number(row.seq),
        path: `/${row.path}`,
      })),
    }
  } finally {
    await connection.end()
  }
}

/** The messages and notices of a group, by their place. */
export async function readGroup(mysqlUrl: string, group: number): Promise<CrowdRow[]> {
  const connection = await createConnection({ uri: mysqlUrl, charset: 'utf8mb4_bin' })
  try {
    const [rows] = await connection.query<RowDataPacket[]>(
      `select m.* from messages m join conversations c on c.id = m.conversation_id where c.group_id = ? order by m.seq`,
      [group],
    )
    return rows.map((row) => ({
      id: Number(row.id),
      seq: Number(row.seq),
      from: Number(row.from_user_id),
      content: String(row.content),
      kind: Number(row.kind),
      clientMessageId: String(row.client_msg_id ?? ''),
    }))
  } finally {
    await connection.end()
  }
}

/** Lets the files of these people be as old as those that the sweep looks for. */
export async function ageFiles(mysqlUrl: string, owners: readonly number[]): Promise<void> {
  const connection = await createConnection({ uri: mysqlUrl, charset: 'utf8mb4_bin' })
  try {
    const agedMs = 48 * 3600_000
    await connection.query('update media set created_at = created_at - ? where owner_id in (?)', [agedMs, owners])
  } finally {
    await connection.end()
  }
}

/** A conversation's target, as this member sees it. */
function targetFor(member: number, row: RowDataPacket | undefined): Target {
  if (row?.group_id) return groupTarget(Number(row.group_id))
  const [low, high] = [Number(row?.low_id), Number(row?.high_id)]
  return userTarget(member === low ? high : low)
}
