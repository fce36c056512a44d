/** Pages of messages: their columns, and how many bytes of them fit one response. */
import { sql } from 'kysely'
import type { StoredMessage } from '../../wire/chat.ts'

/** The columns of `StoredMessage`, of a message `m`. */
export const messageColumns = [
  'm.id',
  'm.seq',
  'm.from_user_id',
  'm.to_user_id',
  'm.content',
  'm.type',
  'm.media',
  'm.created_at',
] as const

/** In groups also who has sent a message `m`: a member, or the group itself. */
export const senderColumns = sql`
  coalesce(nullif(s.nickname, ''), u.nickname, g.name, '') as sender_name,
  coalesce(u.avatar, g.icon, '') as sender_avatar`

/** Finds who has sent a message `m` of a group. */
export const senders = sql`
  left join members as s on s.conversation_id = m.conversation_id and s.user_id = m.from_user_id
  left join users as u on u.id = m.from_user_id
  left join \`groups\` as g on m.from_user_id = 0 and g.id = m.to_user_id`

/** The byte limit of one response: below the 6 MB that a function may return. */
export const pageMaxBytes = 4 * 1024 * 1024

/** Returns a function that keeps the first of its messages, while those of all its calls together fit `bytes`. */
export function roomFor(bytes: number) {
  let left = bytes
  return <T extends StoredMessage>(messages: readonly T[]): T[] => {
    const end = messages.findIndex((message) => {
      left -= bytesOf(message)
      return left < 0
    })
    return end === -1 ? [...messages] : messages.slice(0, end)
  }
}

// A message's size in the response: its text as JSON, and at most 200 bytes of other fields, or 1,200 with who has sent it.
const bytesOf = ({ content, sender_name }: StoredMessage): number =>
  Buffer.byteLength(JSON.stringify(content)) + (sender_name === undefined ? 200 : 1_200)
