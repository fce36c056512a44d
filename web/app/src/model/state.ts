/** What the page knows, as its views read it. Only the actions of this folder change it. */
import type { ChatType, Reaction, Session, Target } from 'gochat-client'
import { create } from 'zustand'

/** What a group says of itself, to this member. */
export interface GroupFacts {
  /** By which others find it. */
  code: string
  /** 1 owner, 2 administrator, 3 member. */
  role: number
  memberCount: number
  /** Of which messages the person wants to be told: 0 all, 1 those that mention them, 2 none. */
  notify: number
}

export interface GroupMember {
  user_id: number
  username: string
  nickname: string
  avatar: string
  role: number
  /** 1 while the member may not write. */
  mute: number
}

/** A conversation as the list shows it: with a friend, in a group, or one that was ended. */
export interface Conversation extends Required<Target> {
  /** `keyOf` of its target: `2:42`. */
  key: string
  /** What its owner sees: their own name for the friend, else the nickname, else the username; or the group's name. */
  title: string
  username: string
  nickname: string
  /** The name that the owner alone gave. */
  desc: string
  avatar: string
  online: boolean
  /** Somebody types there now. */
  isTyping: boolean
  /** Messages from others after the read mark. */
  unread: number
  /** Those of them that mention the person, or everybody; as many at most where only the service knows. */
  mentions: number
  /** The beginning of the last message, and when it came, in milliseconds; 0 when there is none. */
  preview: string
  lastAt: number
  lastSeq: number
  readSeq: number
  /** What the other side has read of one's own; in a group, the furthest of the others. */
  peerReadSeq: number
  /** Of a group that the person belongs to. */
  group?: GroupFacts
  /** False when the friendship or the membership has ended: what was said is still there, and nothing more can be sent. */
  isOpen: boolean
}

/** `sending`: in the outbox; `failed`: refused, and not sent again by itself. A read one is stored and `seq <= peerReadSeq`. */
export type SendState = 'sending' | 'stored' | 'failed'

/** A message as a conversation shows it. */
export interface ShownMessage {
  /** Unique in its conversation, and the same before and after it is stored. */
  key: string
  /** Absent until it is stored. */
  seq?: number
  /** 0 for a notice of a group. */
  from_id: number
  /** What the group calls whoever wrote it. */
  author?: string
  content: string
  /** 1 text, 2 image, 3 any other file. */
  media: number
  /** Milliseconds since the epoch. */
  at: number
  state: SendState
  /** Why it failed: a reason of the service. */
  reason?: string
  /** The `seq` of the message that it answers. */
  replyTo?: number
  /** In groups: whom it is for above all; 0 is everybody. */
  mentions?: readonly number[]
  isEdited?: boolean
  /** Then its content says nothing. */
  isRecalled?: boolean
  reactions?: readonly Reaction[]
}

/** An opened conversation. `messages` are in order, without holes, the unanswered last. */
export interface Thread {
  key: string
  messages: ShownMessage[]
  hasOlder: boolean
  isLoading: boolean
  /** Loading older messages failed: a reason. Trying again is `loadOlder`. */
  loadError?: string
  /** Where the divider stands: the first message that was unread when the conversation was opened. */
  unreadFromSeq?: number
  /** What is shown is not the end of the conversation. */
  hasNewer: boolean
  /** Where to look from now on: at a message, or at the end. Each time it has another id. */
  aim?: { id: number; seq?: number }
}

/** Beside one field. */
export const mostAttached = 20

/** A file beside the field of a conversation: `uploaded` ones wait for those before them, and are then sent. */
export interface Attachment {
  id: string
  file: File
  /** 2 a picture, 3 anything else. */
  media: 2 | 3
  state: 'ready' | 'waiting' | 'uploading' | 'uploaded' | 'failed'
  /** Bytes. */
  sent: number
  address?: string
  /** The `seq` of the message that it answers. */
  reply_to?: number
  /** Why it failed, and that no other attempt would go better. */
  reason?: string
  isFinal?: boolean
}

export interface FriendRequest {
  id: number
  sender_id: number
  sender_name: string
  avatar: string
  remark: string
  created_at: string
}

/** Somebody who asks to join a group that the person runs. */
export interface GroupRequest extends FriendRequest {
  group_id: number
  group_name: string
}

export interface Profile {
  id: number
  username: string
  nickname: string
  avatar: string
  email: string
  phone: string
}

/** Somebody whom a search found, or who is blocked. */
export interface Person {
  id: number
  username: string
  nickname: string
  avatar: string
}

/** A call with a friend, as it is shown. */
export interface CallView {
  /** The conversation with the friend. */
  key: string
  isOutgoing: boolean
  hasVideo: boolean
  /** `waiting` for this browser's microphone and camera; `ringing`; `connecting`: accepted, and looking for a way; `talking`; `over`. */
  state: 'waiting' | 'ringing' | 'connecting' | 'talking' | 'over'
  /** When the talk began, milliseconds. */
  since?: number
  /** How it ended: one of the library's, `no-device`, or `lost`. */
  ending?: string
  isMuted: boolean
  isCameraOff: boolean
  own?: MediaStream
  friends?: MediaStream
}

/** `idle`: signed out. `ended`: nothing connects until somebody asks for it, for the reason in `endReason`. */
export type ConnectionState = 'idle' | 'connecting' | 'open' | 'lost' | 'ended'

/** `denied`: the browser does not allow them, and only there can that be changed. */
export type Notifications = 'on' | 'off' | 'denied'

export interface State {
  session: Session | undefined
  profile: Profile | undefined
  connection: ConnectionState
  endReason: string | undefined
  /** The list was read at least once: until then views show that they are loading. */
  isListed: boolean
  /** By key. */
  conversations: Readonly<Record<string, Conversation>>
  /** Keys, the last spoken with first. */
  order: readonly string[]
  threads: Readonly<Record<string, Thread>>
  /** Messages that are answered by others, and were read for that alone: by `quotedKey`; null for one that is not to be had. */
  quoted: Readonly<Record<string, ShownMessage | null>>
  /** Members of groups, as far as somebody asked for them: by the key of the conversation. */
  members: Readonly<Record<string, readonly GroupMember[]>>
  /** By the key of the conversation, in the order in which they are sent. */
  attachments: Readonly<Record<string, readonly Attachment[]>>
  /** Those that wait for an answer, the newest first. */
  requests: readonly FriendRequest[]
  groupRequests: readonly GroupRequest[]
  /** The call that there is; one that is over stays for a moment. */
  call: CallView | undefined
  /** A failure that no view shows by itself: a toast. */
  notice: { id: number; reason: string } | undefined
  notifications: Notifications
}

export const initial: State = {
  session: undefined,
  profile: undefined,
  connection: 'idle',
  endReason: undefined,
  isListed: false,
  conversations: {},
  order: [],
  threads: {},
  quoted: {},
  members: {},
  attachments: {},
  requests: [],
  groupRequests: [],
  call: undefined,
  notice: undefined,
  notifications: 'off',
}

/** `useApp((state) => …)` in views. */
export const useApp = create<State>(() => initial)

export const quotedKey = (key: string, seq: number): string => `${key} ${seq}`

export const keyOf = (target_id: number, chat_type: ChatType = 2): string => `${chat_type}:${target_id}`
