/** The tables as stored: names and columns as GoChat has them, plus what the promises need. Times are milliseconds. */
import type { ColumnType, Generated, GeneratedAlways, Insertable, Selectable } from 'kysely'

/** Relations of one user to another, `relations.type`. */
export const RelationType = { friend: 1, blocked: 2 } as const

/**
 * States of a friend request. An unseen one waits like a pending one but is never shown: it was addressed to someone
 * who has blocked its sender.
 */
export const RequestStatus = { pending: 0, accepted: 1, refused: 2, unseen: 3 } as const

/** Whether someone belongs to a conversation now, `members.state`. */
export const MemberState = { left: 0, active: 1 } as const

export interface UserTable {
  id: Generated<number>
  username: string
  /** The username in NFKC and lower case: what is unique. */
  username_key: string
  /** bcrypt hash. */
  password: string
  nickname: Generated<string>
  avatar: Generated<string>
  email: Generated<string>
  phone: Generated<string>
  /** Counts password changes; a session opened under an earlier one has ended, unless it is the one kept. */
  session_epoch: Generated<number>
  kept_session: string | null
  created_at: number
  updated_at: number
}

export interface SessionTable {
  user_id: number
  session_id: string
  expires_at: number
}

export interface ConversationTable {
  id: Generated<number>
  /** 2 for a pair, 3 for a group: see `core/address`. */
  kind: Generated<number>
  /** The two of a pair; null for groups. */
  low_id: number | null
  high_id: number | null
  /** Null for pairs. */
  group_id: number | null
  last_seq: Generated<number>
  /** How many of its messages are notices, which nobody has to read. */
  notice_count: Generated<number>
  last_message_id: Generated<number>
  last_message_time: Generated<number>
  /** The last message's text. */
  content: string
}

/**
 * Who belongs, or has belonged, to a conversation: the two of a pair, or those of a group. A row is kept after leaving.
 *
 * Unread is `(last_seq - notice_count) - read_ordinal - own_after_read`: what is no notice, without what was read and what
 * the member wrote since. Storing a message so touches its sender's row alone, however many others there are.
 */
export interface MemberTable {
  conversation_id: number
  user_id: number
  /** See `MemberState`. */
  state: Generated<number>
  /** 1 owner, 2 administrator, 3 member. */
  role: Generated<number>
  /** What the member is called in the group; empty for the user's own. */
  nickname: Generated<string>
  /** What may be seen of the conversation: from here … */
  from_seq: Generated<number>
  /** … to here, or to its end when null. */
  until_seq: number | null
  read_seq: Generated<number>
  /** How many messages up to `read_seq` are no notices. */
  read_ordinal: Generated<number>
  /** How many messages after `read_seq` are the member's own. */
  own_after_read: Generated<number>
  /** Milliseconds; 0 when not muted. */
  mute_until: Generated<number>
  joined_at: number
}

export interface MessageTable {
  id: Generated<number>
  conversation_id: number
  seq: number
  /** How many of the conversation's messages up to this one are notices. */
  notice_count: Generated<number>
  /** 0 for a notice. */
  from_user_id: number
  /** The other one of a pair, or the group. */
  to_user_id: number
  content: string
  /** The conversation's kind. */
  type: number
  media: number
  created_at: number
  record_id: Buffer
  client_msg_id: Buffer | null
  /** SHA-256 of what a resend must repeat. */
  body_hash: Buffer
}

export interface RelationTable {
  id: Generated<number>
  owner_id: number
  target_id: number
  type: number
  desc: Generated<string>
  /** The message up to which the owner has read, as GoChat documents it; the mark itself is the member's. */
  last_read_msg_id: Generated<number>
  created_at: number
}

export interface FriendRequestTable {
  id: Generated<number>
  sender_id: number
  receiver_id: number
  remark: Generated<string>
  status: Generated<number>
  /** 1 while the request waits, else null: unique with sender and receiver. */
  waiting: GeneratedAlways<number | null>
  created_at: number
}

export interface DeadLetterTable {
  id: Generated<number>
  topic: string
  partition: number
  offset: number
  record_id: Buffer | null
  /** The key that the record had in the log: replayed under it, it meets its conversation again. */
  record_key: Buffer | null
  reason: string
  payload: Buffer
  created_at: ColumnType<number, number, never>
}

export interface Database {
  users: UserTable
  sessions: SessionTable
  conversations: ConversationTable
  members: MemberTable
  messages: MessageTable
  relations: RelationTable
  friend_requests: FriendRequestTable
  dead_letters: DeadLetterTable
}

export type User = Selectable<UserTable>
export type Conversation = Selectable<ConversationTable>
export type Member = Selectable<MemberTable>
export type NewMessage = Insertable<MessageTable>
