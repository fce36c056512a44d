/** The tables as stored: GoChat's names and columns, plus those that the promises need. Times are milliseconds. */
import type { ColumnType, Generated, GeneratedAlways, Insertable, Selectable } from 'kysely'

/** Relations of one user to another, `relations.type`. */
export const RelationType = { friend: 1, blocked: 2 } as const

/**
 * States of a friend request. An unseen request waits like a pending one but is never shown, because its receiver has
 * blocked its sender.
 */
export const RequestStatus = { pending: 0, accepted: 1, refused: 2, unseen: 3 } as const

/** Whether a member belongs to the conversation now, `members.state`. Who is banned does not belong to it, and may not join. */
export const MemberState = { left: 0, active: 1, banned: 2 } as const

/** What a message is, `messages.kind`: something said, or a change of another message, which tells of itself. */
export const MessageKind = { said: 0, edit: 1, recall: 2, react: 3 } as const

/** Text, as `messages.media`; others are 2 for an image and 3 for any other file. */
export const textMedia = 1

/** What a member may do in a group, `members.role`: the lower, the more. */
export const Role = { owner: 1, admin: 2, member: 3 } as const

/** A time that never comes, in milliseconds. */
export const forGood = Number.MAX_SAFE_INTEGER

/** How one becomes a member of a group, `groups.join_policy`: an administrator approves it, nobody has to, or by invitation only. */
export const JoinPolicy = { approval: 1, open: 2, invitation: 3 } as const

/** What those who join a group see of it, `groups.history_policy`: what is said from then on, or all. */
export const HistoryPolicy = { sinceJoining: 1, all: 2 } as const

export interface UserTable {
  id: Generated<number>
  username: string
  /** The username in NFKC and lower case. Unique. */
  username_key: string
  /** bcrypt hash. */
  password: string
  nickname: Generated<string>
  avatar: Generated<string>
  email: Generated<string>
  phone: Generated<string>
  /** Counts what ends all sessions, such as a change of the password. A session of an earlier epoch has ended, unless it is `kept_session`. */
  session_epoch: Generated<number>
  /** The session that did so last, if it goes on. */
  kept_session: string | null
  created_at: number
  updated_at: number
  /** Milliseconds; null while the account is there. Of a deleted one, names and profile are erased. */
  deleted_at: number | null
}

/** Deleted accounts that share data with others still, or may. */
export interface DeletionTable {
  user_id: number
  deleted_at: number
}

/** Sessions that have ended, until their tokens expire. */
export interface SessionTable {
  user_id: number
  session_id: string
  expires_at: number
}

/** Sessions as their user sees them. A token counts without a row, if it is older than this table. */
export interface OpenSessionTable {
  id: Generated<number>
  user_id: number
  session_id: string
  /** See `core/device`. */
  device: string
  address: string
  created_at: number
  expires_at: number
}

export interface ConversationTable {
  id: Generated<number>
  /** 2 for a pair, 3 for a group: see `core/address`. */
  kind: Generated<number>
  /** The users of a pair; null for groups. */
  low_id: number | null
  high_id: number | null
  /** Null for pairs. */
  group_id: number | null
  last_seq: Generated<number>
  /** How many of its messages are notices or changes of other messages, which never count as unread. */
  notice_count: Generated<number>
  last_message_id: Generated<number>
  last_message_time: Generated<number>
  /** The first characters of the last message: see `core/preview`. Rows that version 0.1 wrote hold all of it. */
  content: string
}

/**
 * A user who belongs, or has belonged, to a conversation, be it a pair or a group. The row stays after the user leaves.
 *
 * Unread is `(last_seq - notice_count) - read_ordinal - own_after_read`: all messages but notices and changes, those that were read and
 * those that the member has written since. Storing a message therefore updates only its sender's row.
 */
export interface MemberTable {
  conversation_id: number
  user_id: number
  /** See `MemberState`. */
  state: Generated<number>
  /** See `Role`. */
  role: Generated<number>
  /** The member's name in the group; empty for the user's own nickname. */
  nickname: Generated<string>
  /** The first seq that the member may see. */
  from_seq: Generated<number>
  /** The last seq that the member may see; null for no limit. */
  until_seq: number | null
  read_seq: Generated<number>
  /** How many messages up to `read_seq` are neither notices nor changes. */
  read_ordinal: Generated<number>
  /** How many messages after `read_seq` the member has written, without changes. */
  own_after_read: Generated<number>
  /** Milliseconds; 0 when not muted, `forGood` until it is lifted. */
  mute_until: Generated<number>
  joined_at: number
  /** Of which messages of a group the member wants to be told: 0 all, 1 those that mention the member, 2 none. */
  notify: Generated<number>
}

export interface MessageTable {
  id: Generated<number>
  conversation_id: number
  seq: number
  /** How many messages of the conversation up to this one are notices or changes. */
  notice_count: Generated<number>
  /** 0 for a notice. */
  from_user_id: number
  /** The peer of a pair, or the group. */
  to_user_id: number
  content: string
  /** The conversation's kind. */
  type: number
  media: number
  created_at: number
  record_id: Buffer
  client_msg_id: Buffer | null
  /** SHA-256 of the fields that a resend must repeat. */
  body_hash: Buffer
  /** See `MessageKind`. */
  kind: Generated<number>
  /** The seq of the message that it changes or answers. */
  ref_seq: number | null
  /** The seq of the last change of this message; 0 if there is none. */
  changed_seq: Generated<number>
  /** The same of its text. */
  edited_seq: Generated<number>
  /** 1 if it was recalled; its text is gone then. */
  recalled: Generated<number>
  /** How many rows of `mentions` it has. */
  mention_count: Generated<number>
}

/** What users feel about messages: one emoji each. */
export interface ReactionTable {
  conversation_id: number
  seq: number
  user_id: number
  emoji: string
}

/** Whom messages of groups mention. */
export interface MentionTable {
  conversation_id: number
  seq: number
  /** 0 for all members. */
  user_id: number
}

export interface RelationTable {
  id: Generated<number>
  owner_id: number
  target_id: number
  /** The conversation of the two, whose row is made before any relation between them. */
  conversation_id: number
  type: number
  desc: Generated<string>
  /** The id of the last message that the owner has read, as GoChat documents it. The read mark itself is in `members`. */
  last_read_msg_id: Generated<number>
  created_at: number
}

export interface FriendRequestTable {
  id: Generated<number>
  sender_id: number
  receiver_id: number
  remark: Generated<string>
  status: Generated<number>
  /** 1 while the request waits, else null. Unique with sender and receiver. */
  waiting: GeneratedAlways<number | null>
  created_at: number
}

export interface GroupTable {
  id: Generated<number>
  /** By which it is found: see `service/group/code`. Unique. */
  code: string
  name: string
  icon: Generated<string>
  desc: Generated<string>
  owner_id: number
  member_count: Generated<number>
  /** See `JoinPolicy`. */
  join_policy: Generated<number>
  /** See `HistoryPolicy`. */
  history_policy: Generated<number>
  /** 1 while only its owner and administrators may write. */
  muted: Generated<number>
  creator_id: number
  /** Chosen by its creator's client. Unique with that. */
  client_group_id: Buffer | null
  created_at: number
  /** Milliseconds; null while the group is there. */
  dissolved_at: number | null
}

export interface GroupRequestTable {
  id: Generated<number>
  group_id: number
  sender_id: number
  remark: Generated<string>
  /** See `RequestStatus`; none is unseen. */
  status: Generated<number>
  /** 1 while the request waits, else null. Unique with group and sender. */
  waiting: GeneratedAlways<number | null>
  created_at: number
}

/** How far a file has come, `media.state`: announced, looked at and found good, refused, or refused for its size. */
export const MediaState = { announced: 0, ready: 1, refused: 2, tooLarge: 3 } as const

/** Files that users upload. */
export interface MediaTable {
  id: Generated<number>
  /** 16 bytes, part of the path. Unique. */
  name: Buffer
  /** 0 for the icon of a group: it is the group's from then on. */
  owner_id: number
  /** The key in the bucket: see `core/media-path`. */
  path: string
  /** What its owner calls it. */
  filename: string
  /** See `MediaState`. */
  state: Generated<number>
  /** Until then somebody looks at it, and nobody else may. Milliseconds. */
  claimed_until: Generated<number>
  /** As its bytes say; empty before they were looked at. */
  content_type: Generated<string>
  /** 1 if it is a picture with a small form. */
  has_thumbnail: Generated<number>
  /** Bytes; 0 before they were looked at. */
  size: Generated<number>
  created_at: number
  /** When it was first sent or shown; null for one that nobody uses. */
  used_at: number | null
}

/** The messages that files were sent in, by somebody who was allowed to see them. */
export interface MediaLinkTable {
  media_id: number
  conversation_id: number
  seq: number
}

/** Refusals of messages that were told, for as long as their records may come again. */
export interface RefusalTable {
  from_user_id: number
  /** The `client_msg_id`, or the record's id if there is none. */
  message_key: Buffer
  reason: string
  /** Milliseconds. */
  refused_at: number
}

export interface DeadLetterTable {
  id: Generated<number>
  topic: string
  partition: number
  offset: number
  record_id: Buffer | null
  /** The record's Kafka key. A replay uses it, so that the record reaches the partition of its conversation. */
  record_key: Buffer | null
  reason: string
  payload: Buffer
  created_at: ColumnType<number, number, never>
}

export interface Database {
  users: UserTable
  sessions: SessionTable
  open_sessions: OpenSessionTable
  deletions: DeletionTable
  conversations: ConversationTable
  members: MemberTable
  messages: MessageTable
  reactions: ReactionTable
  mentions: MentionTable
  relations: RelationTable
  friend_requests: FriendRequestTable
  groups: GroupTable
  group_requests: GroupRequestTable
  media: MediaTable
  media_links: MediaLinkTable
  refusals: RefusalTable
  dead_letters: DeadLetterTable
}

export type User = Selectable<UserTable>
export type Conversation = Selectable<ConversationTable>
export type Member = Selectable<MemberTable>
export type Group = Selectable<GroupTable>
export type Media = Selectable<MediaTable>
export type NewMessage = Insertable<MessageTable>
