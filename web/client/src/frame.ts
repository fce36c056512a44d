/** What comes in: frames of the socket, rows of the history, and the one shape that the application sees. */
import {
  type GroupMessageFrame,
  type MessageChange,
  type MessageFrame,
  type MessageState,
  needed,
  type RefusedFrame,
  type ServerFrame,
  type StoredFrame,
  type StoredMessage,
} from './wire.ts'

/** 2 is a conversation with a user, 3 one in a group. */
export type ChatType = 2 | 3

/** Names a conversation. */
export interface Target {
  target_id: number
  /** 2 when absent. */
  chat_type?: ChatType | undefined
}

/** A message, whichever way it came. */
export interface Message extends Required<Target> {
  id: number
  /** Its place in the conversation: 1, 2, 3 … */
  seq: number
  /** 0 for a notice of a group. */
  from_id: number
  content: string
  /** 1 text, 2 image, 3 audio or video. */
  media: number
  /** Milliseconds since the epoch, by the service's clock. */
  created_at: number
  client_msg_id?: string
  /** In groups: what they call the sender. */
  nickname?: string
  avatar?: string
  /** The `seq` of the message that it answers. */
  reply_to?: number
  /** In groups: whom it is for above all; 0 is everybody. */
  mentions?: number[]
  /** It tells of a change of another message, and counts as none itself: see `changed`. */
  change?: MessageChange
  /** What has become of it, if it was changed before it came. */
  state?: MessageState
}

/** An error of the gateway itself, which names no message. */
export interface GatewayError {
  type?: undefined
}

export type Frame = ServerFrame | GatewayError
/** What becomes of a message. */
export type Answer = StoredFrame | RefusedFrame

export const keyOf = ({ target_id, chat_type = 2 }: Target): string => `${chat_type}:${target_id}`

/** How a frame or a request names a conversation. */
export const named = ({ target_id, chat_type }: Target): Target => ({
  target_id,
  ...(chat_type === 3 && { chat_type }),
})

/** What `given` names, with its kind. */
export const whole = ({ target_id, chat_type }: Target): Required<Target> => ({
  target_id,
  chat_type: chat_type === 3 ? 3 : 2,
})

/** Whether it has all that a frame of its type must have. What no type is known of is none. */
function isFrame(value: unknown): value is Frame {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const members = value as Record<string, unknown>
  const { type, event } = members
  if (type === undefined) return true
  const key = type === 8 ? `8 ${event}` : String(type)
  const shape = typeof type === 'number' && Object.hasOwn(needed, key) ? needed[key] : undefined
  return shape !== undefined && Object.entries(shape).every(([name, kinds]) => kinds.includes(typeof members[name]))
}

/** The frames of one message of a socket; none of what is no JSON, or no frame. */
export function framesOf(data: unknown): Frame[] {
  try {
    const value: unknown = JSON.parse(String(data))
    return (Array.isArray(value) ? value : [value]).filter(isFrame)
  } catch {
    return []
  }
}

const extras = ['client_msg_id', 'reply_to', 'mentions', 'change', 'state'] as const

/** What many messages do not have. */
const extrasOf = (row: Pick<Message, (typeof extras)[number]>): Partial<Message> =>
  Object.fromEntries(extras.flatMap((name) => (row[name] === undefined ? [] : [[name, row[name]]])))

/** A pushed frame, or a row of a page, as `owner` sees it. Undefined if it has no place in a conversation. */
export function messageOf(row: MessageFrame | GroupMessageFrame | StoredMessage, owner: number): Message | undefined {
  const { id, seq, from_user_id, content, media, created_at } = row
  const chat_type = row.type === 3 ? 3 : 2
  const to = 'target_id' in row ? row.target_id : row.to_user_id
  if (!Number.isSafeInteger(seq) || seq < 1) return undefined
  return {
    target_id: chat_type === 3 || from_user_id === owner ? to : from_user_id,
    chat_type,
    id,
    seq,
    from_id: from_user_id,
    content,
    media,
    created_at,
    ...extrasOf(row),
    ...('nickname' in row && { nickname: row.nickname, avatar: row.avatar }),
    ...('sender_name' in row && { nickname: row.sender_name, avatar: row.sender_avatar }),
  }
}
