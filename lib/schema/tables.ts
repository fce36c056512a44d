/** The tables as stored: names and columns as GoChat has them, plus what the promises need. Times are milliseconds. */
import type { ColumnType, Generated, GeneratedAlways, Insertable, Selectable } from 'kysely'

/** Relations of one user to another, `relations.type`. */
export const RelationType = { friend: 1, blocked: 2 } as const

/**
 * States of a friend request. An unseen one waits like a pending one but is never shown: it was addressed to someone
 * who has blocked its sender.
 */
export const RequestStatus = { pending: 0, accepted: 1, refused: 2, unseen: 3 } as const

/** Kinds of messages, `messages.type`. */
export const MessageType = { direct: 2 } as const

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
  low_id: number
  high_id: number
  last_seq: Generated<number>
  last_message_id: Generated<number>
  last_message_time: Generated<number>
  /** The last message's text. */
  content: string
}

export interface MessageTable {
  id: Generated<number>
  conversation_id: number
  seq: number
  from_user_id: number
  to_user_id: number
  content: string
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
  last_read_msg_id: Generated<number>
  last_read_seq: Generated<number>
  unread_count: Generated<number>
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
  messages: MessageTable
  relations: RelationTable
  friend_requests: FriendRequestTable
  dead_letters: DeadLetterTable
}

export type User = Selectable<UserTable>
export type Conversation = Selectable<ConversationTable>
export type Relation = Selectable<RelationTable>
export type NewMessage = Insertable<MessageTable>
