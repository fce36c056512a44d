/**
 * What travels, as the service's schemas say: made by `npm run docs:wire`. Change those in its place.
 */

/** Of a reply of the HTTP API. */
export interface Reaction {
  emoji: string
  /** who has reacted with it */
  user_ids: number[]
}

/** Of a reply of the HTTP API. */
export interface MessageState {
  edited: boolean
  /** its content says so, in the language of whoever wrote it */
  recalled: boolean
  reactions: Reaction[]
  /** the `seq` of its last change; of two states the one with the greater is newer */
  changed_seq: number
}

/** Of a reply of the HTTP API. */
export interface ChangedMessage {
  content: string
  media: number
  edited: boolean
  /** its content says so, in the language of whoever wrote it */
  recalled: boolean
  reactions: Reaction[]
  /** the `seq` of its last change; of two states the one with the greater is newer */
  changed_seq: number
}

/** Of a reply of the HTTP API. */
export interface MessageChange {
  /** of the message that has changed */
  seq: number
  action: 'edit' | 'recall' | 'react'
  /** what has become of it; absent if you may not see it */
  message?: ChangedMessage
}

/** Of a reply of the HTTP API. */
export interface StoredMessage {
  id: number
  seq: number
  /** 0 for a notice of a group */
  from_user_id: number
  to_user_id: number
  content: string
  type: number
  media: number
  /** milliseconds since the epoch */
  created_at: number
  /** in groups: what the group calls the sender; of a notice, the name of the group */
  sender_name?: string
  /** in groups: a picture of the sender, or empty */
  sender_avatar?: string
  /** the `seq` of the message that it answers */
  reply_to?: number
  /** it tells of a change of another message, counts as no message, and its content says so to people */
  change?: MessageChange
  /** in groups: members whom it is for above all; 0 for all */
  mentions?: number[]
  /** if it was changed: what has become of it, beside its content */
  state?: MessageState
}

/** Of a reply of the HTTP API. */
export interface SyncedConversation {
  target_id: number
  chat_type?: 3
  messages: StoredMessage[]
  last_seq: number
  read_seq: number
  peer_read_seq: number
  has_more: boolean
}

/** Of a reply of the HTTP API. */
export interface Friend {
  id: number
  username: string
  nickname: string
  avatar: string
  /** the caller's alias for this friend, or empty */
  desc: string
  online: boolean
  /** messages from this friend after read_seq */
  unread_count: number
  /** milliseconds since the epoch */
  last_message_time: number
  /** the first 100 characters of the last message, or empty */
  content: string
  last_seq: number
  read_seq: number
  peer_read_seq: number
}

/** Of a reply of the HTTP API. */
export interface Group {
  id: number
  code: string
  name: string
  icon: string
  owner_id: number
  member_count: number
  /** 1 owner, 2 administrator, 3 member */
  role: 1 | 2 | 3
  /** 0: of all messages, 1: of mentions, 2: of none */
  notify: 0 | 1 | 2
  /** messages from others after read_seq, without notices */
  unread_count: number
  /** those of them that mention the caller, or everybody, among the latest 1,000 */
  mention_count: number
  /** milliseconds since the epoch */
  last_message_time: number
  /** the first 100 characters of the last message or notice */
  content: string
  last_seq: number
  read_seq: number
}

/** The answer to a heartbeat with a `ping`. */
export interface PongFrame {
  type: 0
  /** the `ping` of the heartbeat */
  pong: string | number
  /** milliseconds since the epoch */
  server_time: number
}

/** A message to a user. */
export interface MessageFrame {
  type: 2
  /** of the message, unique in the service */
  id: number
  /** the message's number in its conversation: 1, 2, 3 … without holes */
  seq: number
  /** the user who wrote it */
  from_id: number
  /** the same as `from_id` */
  from_user_id: number
  /** as it was sent: 1 byte to 16 KiB of UTF-8 */
  content: string
  /** 1 text, 2 image, 3 audio or video */
  media: number
  /** when the message was stored, in seconds since the epoch */
  send_time: number
  /** the same in milliseconds since the epoch */
  created_at: number
  /** the sender's, if the message was sent with one */
  client_msg_id?: string
  /** the `seq` of the message that it answers */
  reply_to?: number
  /** it tells of a change of another message, counts as no message, and its content says so to people */
  change?: MessageChange
  /** the user for whom it is */
  target_id: number
}

/** A message in a group. */
export interface GroupMessageFrame {
  type: 3
  /** of the message, unique in the service */
  id: number
  /** the message's number in its conversation: 1, 2, 3 … without holes */
  seq: number
  /** the user who wrote it; 0 for a notice of the group */
  from_id: number
  /** the user who wrote it; 0 for a notice of the group */
  from_user_id: number
  /** as it was sent: 1 byte to 16 KiB of UTF-8 */
  content: string
  /** 1 text, 2 image, 3 audio or video */
  media: number
  /** when the message was stored, in seconds since the epoch */
  send_time: number
  /** the same in milliseconds since the epoch */
  created_at: number
  /** the sender's, if the message was sent with one */
  client_msg_id?: string
  /** the `seq` of the message that it answers */
  reply_to?: number
  /** it tells of a change of another message, counts as no message, and its content says so to people */
  change?: MessageChange
  /** the group */
  target_id: number
  /** in groups: members whom it is for above all; 0 for all */
  mentions?: number[]
  /** what the group calls the sender; of a notice, the name of the group */
  nickname: string
  /** the address of a picture of the sender, or empty */
  avatar: string
}

/** Your message is stored. */
export interface StoredFrame {
  type: 5
  /** with which the message was sent */
  client_msg_id: string
  /** of the message, unique in the service */
  id: number
  /** the message's number in its conversation: 1, 2, 3 … without holes */
  seq: number
  /** the user or the group */
  target_id: number
  /** `target_id` is a group; absent for a user */
  chat_type?: 3
  /** when the message was stored, in seconds since the epoch */
  send_time: number
  /** the same in milliseconds since the epoch */
  created_at: number
  /** the same message was stored before; this is its first answer again */
  duplicate: boolean
}

/** Somebody has read. */
export interface ReadFrame {
  type: 6
  /** who has read */
  from_id: number
  /** the user or the group */
  target_id: number
  /** `target_id` is a group; absent for a user */
  chat_type?: 3
  /** the last message of the conversation that is read; the mark only moves forward */
  seq: number
}

/** Somebody types, or has stopped. */
export interface TypingFrame {
  type: 7
  /** who types */
  from_id: number
  /** the group; absent if it is to you */
  target_id?: number
  /** `target_id` is a group; absent for a user */
  chat_type?: 3
  /** false: has stopped */
  typing: boolean
}

/** A friend calls, or answers. */
export interface CallFrame {
  type: 4
  /** the friend who has sent it */
  from_id: number
  /** as it was sent: 1 byte to 16 KiB of UTF-8 */
  content: string
  /** names the call; the caller makes it up, and never uses it again */
  call_id?: string
  action?: 'invite' | 'accept' | 'reject' | 'busy' | 'cancel' | 'end' | 'candidate'
  /** when it was sent, in seconds since the epoch */
  send_time: number
  /** the same in milliseconds since the epoch */
  created_at: number
}

/** Another device of yours has answered a call. */
export interface AnsweredElsewhereFrame {
  type: 8
  event: 'answered_elsewhere'
  /** who calls */
  user_id: number
  /** names the call; the caller makes it up, and never uses it again */
  call_id: string
}

/** Something may have been missed: call sync. */
export interface ResyncFrame {
  type: 8
  event: 'resync'
  /** how long to wait before that, in milliseconds, since many are told at once; absent: not at all */
  after_ms?: number
}

/** A friendship is asked for, begins or ends. */
export interface FriendFrame {
  type: 8
  event: 'friend_request' | 'friend_accepted' | 'friend_removed'
  /** who sent the request, accepted it, or ended the friendship */
  user_id: number
}

/** A friend comes online, or goes. */
export interface PresenceFrame {
  type: 8
  event: 'presence'
  /** the friend */
  user_id: number
  /** false: has gone */
  online: boolean
}

/** A group has changed, or somebody asks to join. */
export interface GroupFrame {
  type: 8
  /** somebody asks to join a group that you run; you have become a member; you are none any more; what the group says of itself or of a member has changed without a notice */
  event: 'group_request' | 'group_joined' | 'group_removed' | 'group_changed'
  group_id: number
  /** who asks to join */
  user_id?: number
}

/** Your frame was not accepted. */
export interface RefusedFrame {
  type: 9
  /** of the frame that was refused, if it is known */
  client_msg_id?: string
  /** of the frame that was refused, if it named a call */
  call_id?: string
  /** -1 if a rule refuses it, else a status as over HTTP */
  code: number
  /** for programs, such as NOT_FRIENDS: see the table of reasons */
  reason: string
  /** for people, in the language of the connection */
  msg: string
  /** the outcome is unknown or the time was wrong: send the same `client_msg_id` again */
  retryable: boolean
  /** how long to wait, in milliseconds */
  retry_after_ms?: number
}

/** The connection is about to end. */
export interface GoAwayFrame {
  type: 10
  /** SESSION_ENDED or TOKEN_EXPIRED: log in again; CONNECTION_OLD or SHUTDOWN: connect again; TOO_MANY_REQUESTS or TOO_MANY_CONNECTIONS: not before the time is over */
  reason: string
  /** how long to wait before connecting again, in milliseconds */
  reconnect_after_ms: number
}

/** A frame of the service. */
export type ServerFrame =
  | PongFrame
  | MessageFrame
  | GroupMessageFrame
  | StoredFrame
  | ReadFrame
  | TypingFrame
  | CallFrame
  | AnsweredElsewhereFrame
  | ResyncFrame
  | FriendFrame
  | PresenceFrame
  | GroupFrame
  | RefusedFrame
  | GoAwayFrame

/** I am still here. */
export interface Heartbeat {
  type: 0
  /** comes back as `pong` */
  ping?: string | number
}

/** Send a message to a user. */
export interface SendMessage {
  type: 2
  /** the user or the group */
  target_id: number
  /** 1 byte to 16 KiB of UTF-8 */
  content: string
  /** 1 text, 2 image, 3 audio or video; 0 and none count as 1 */
  media?: number
  /** unique per sender; sent again, it is never stored twice */
  client_msg_id?: string
  /** the `seq` of the message that this one answers */
  reply_to?: number
}

/** Send a message to a group. */
export interface SendGroupMessage {
  type: 3
  /** the user or the group */
  target_id: number
  /** 1 byte to 16 KiB of UTF-8 */
  content: string
  /** 1 text, 2 image, 3 audio or video; 0 and none count as 1 */
  media?: number
  /** unique per sender; sent again, it is never stored twice */
  client_msg_id?: string
  /** the `seq` of the message that this one answers */
  reply_to?: number
  /** members whom it is for above all; 0 for all of them, as owner and administrators may say */
  mentions?: number[]
}

/** Edit, recall, or react to a message. */
export interface ChangeMessage {
  type: 11
  /** the user or the group */
  target_id: number
  /** 2 for a user, 3 for a group */
  chat_type?: 2 | 3
  /** of the message */
  seq: number
  action: 'edit' | 'recall' | 'react'
  /** edit: the new text; react: one emoji, absent to take yours back */
  content?: string
  /** unique per sender; sent again, it is never stored twice */
  client_msg_id?: string
}

/** I call a friend, or answer. */
export interface SignalCall {
  type: 4
  /** a friend */
  target_id: number
  /** 1 byte to 16 KiB of UTF-8 */
  content: string
  /** names the call; the caller makes it up, and never uses it again */
  call_id?: string
  action?: 'invite' | 'accept' | 'reject' | 'busy' | 'cancel' | 'end' | 'candidate'
}

/** I have read up to `seq`. */
export interface MarkRead {
  type: 6
  target_id: number
  /** 2 for a user, 3 for a group */
  chat_type?: 2 | 3
  /** of the last message that is read */
  seq: number
}

/** I type, or have stopped. */
export interface TellTyping {
  type: 7
  target_id: number
  /** 2 for a user, 3 for a group */
  chat_type?: 2 | 3
  typing: boolean
}

/** A frame of a client. */
export type ClientFrame =
  | Heartbeat
  | SendMessage
  | SendGroupMessage
  | ChangeMessage
  | SignalCall
  | MarkRead
  | TellTyping

/** The members that a frame must have, with what `typeof` says of each: by `type`, and `event` behind it where there is one. */
export const needed: Record<string, Record<string, string>> = {
  0: { pong: 'string number', server_time: 'number' },
  2: {
    id: 'number',
    seq: 'number',
    from_id: 'number',
    from_user_id: 'number',
    content: 'string',
    media: 'number',
    send_time: 'number',
    created_at: 'number',
    target_id: 'number',
  },
  3: {
    id: 'number',
    seq: 'number',
    from_id: 'number',
    from_user_id: 'number',
    content: 'string',
    media: 'number',
    send_time: 'number',
    created_at: 'number',
    target_id: 'number',
    nickname: 'string',
    avatar: 'string',
  },
  5: {
    client_msg_id: 'string',
    id: 'number',
    seq: 'number',
    target_id: 'number',
    send_time: 'number',
    created_at: 'number',
    duplicate: 'boolean',
  },
  6: { from_id: 'number', target_id: 'number', seq: 'number' },
  7: { from_id: 'number', typing: 'boolean' },
  4: { from_id: 'number', content: 'string', send_time: 'number', created_at: 'number' },
  '8 answered_elsewhere': { user_id: 'number', call_id: 'string' },
  '8 resync': {},
  '8 friend_request': { user_id: 'number' },
  '8 friend_accepted': { user_id: 'number' },
  '8 friend_removed': { user_id: 'number' },
  '8 presence': { user_id: 'number', online: 'boolean' },
  '8 group_request': { group_id: 'number' },
  '8 group_joined': { group_id: 'number' },
  '8 group_removed': { group_id: 'number' },
  '8 group_changed': { group_id: 'number' },
  9: { code: 'number', reason: 'string', msg: 'string', retryable: 'boolean' },
  10: { reason: 'string', reconnect_after_ms: 'number' },
}
