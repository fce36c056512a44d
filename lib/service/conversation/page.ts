/** Pages of messages: their columns, and how many bytes of them fit one response. */
import { sql } from 'kysely'
import type { StoredMessage } from '../../wire/chat.ts'

/** The columns of a message `m` that `detail` makes a `StoredMessage` of. */
export const messageColumns = [
  'm.id',
  'm.seq',
  'm.from_user_id',
  'm.to_user_id',
  'm.content',
  'm.type',
  'm.media',
  'm.created_at',
  'm.conversation_id',
  'm.kind',
  'm.ref_seq',
  'm.changed_seq',
  'm.edited_seq',
  'm.recalled',
  'm.mention_count',
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
  return (messages: readonly StoredMessage[]): StoredMessage[] => {
    const end = messages.findIndex((message) => {
      left -= bytesOf(message)
      return left < 0
    })
    return end === -1 ? [...messages] : messages.slice(0, end)
  }
}

// A message's size in the response: its text and what has changed as JSON, and at most 200 bytes of other fields, or 1,200 with who has
// sent it and whom it mentions.
const bytesOf = ({ content, sender_name, change, state }: StoredMessage): number =>
  jsonBytes(content) + (sender_name === undefined ? 200 : 1_200) + (change || state ? jsonBytes({ change, state }) : 0)

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))
