/** Frames: the JSON objects that travel over the WebSocket, by `type`. */
import * as z from 'zod/mini'
import { ChatType } from '../core/address.ts'
import { contentMaxBytes, Id, Media, Seq, TargetType, wellFormed } from './value.ts'

/** The types of frames in both directions; 4 is reserved for calls. */
export const FrameType = {
  heartbeat: 0,
  message: 2,
  groupMessage: 3,
  stored: 5,
  read: 6,
  typing: 7,
  event: 8,
  refused: 9,
  goAway: 10,
} as const

const Content = z.string().check(z.minLength(1, { error: 'must not be empty' }), wellFormed)

/** Compared byte by byte, and unique per sender. */
export const ClientMessageId = z.string().check(
  z.refine((value) => value.isWellFormed() && value.length > 0 && [...value].length <= 64, {
    error: 'must have 1 to 64 characters',
  }),
)

/** A heartbeat keeps presence alive. It gets a reply only if it has `ping`. */
export const Heartbeat = z.object({ ping: z.optional(z.union([z.string().check(z.maxLength(64)), z.number()])) })
export type Heartbeat = z.infer<typeof Heartbeat>

/**
 * A message to a user or a group, depending on the frame's type. The limit on its content is checked separately
 * (`fitsContent`), since exceeding it has its own reason.
 */
export const Message = z.object({
  target_id: Id,
  content: Content,
  media: z._default(Media, 1),
  client_msg_id: z.optional(ClientMessageId),
})
export type Message = z.infer<typeof Message>

/** The sender has read up to `seq`. */
export const Read = z.object({ target_id: Id, chat_type: z._default(TargetType, ChatType.direct), seq: Seq })
export type Read = z.infer<typeof Read>

/** The sender is typing, or has stopped. */
export const Typing = z.object({
  target_id: Id,
  chat_type: z._default(TargetType, ChatType.direct),
  typing: z.boolean(),
})
export type Typing = z.infer<typeof Typing>

/** Whether a message's content is within the limit of the contract. */
export const fitsContent = (content: string): boolean => Buffer.byteLength(content) <= contentMaxBytes

/** A message, for the recipient's connections and the sender's other connections. */
export interface MessageFrame {
  type: typeof FrameType.message
  id: number
  seq: number
  from_id: number
  from_user_id: number
  target_id: number
  content: string
  media: number
  /** Seconds since the epoch. */
  send_time: number
  /** Milliseconds since the epoch. */
  created_at: number
  client_msg_id?: string
}

/** A message for the members of a group, with the nickname and avatar of its sender. */
export interface GroupMessageFrame extends Omit<MessageFrame, 'type'> {
  type: typeof FrameType.groupMessage
  nickname: string
  avatar: string
}

/** `chat_type` says what `target_id` names; it is absent for a user. */
interface Targeted {
  target_id: number
  chat_type?: typeof ChatType.group
}

/** The sender's message is stored. */
export interface StoredFrame extends Targeted {
  type: typeof FrameType.stored
  client_msg_id: string
  id: number
  seq: number
  send_time: number
  created_at: number
  duplicate: boolean
}

/** The sender's frame was refused. If `retryable`, the message may be stored or not: send the same `client_msg_id` again. */
export interface RefusedFrame {
  type: typeof FrameType.refused
  client_msg_id?: string
  code: number
  reason: string
  msg: string
  retryable: boolean
  retry_after_ms?: number
}

export interface PongFrame {
  type: typeof FrameType.heartbeat
  pong: string | number
  /** Milliseconds since the epoch. */
  server_time: number
}

/** `from_id` has read the messages of the user `target_id`, or those in the group `target_id`, up to `seq`. */
export interface ReadFrame extends Targeted {
  type: typeof FrameType.read
  from_id: number
  seq: number
}

/** `from_id` is typing, or has stopped: in the group `target_id`, or to the receiver of the frame if there is no target. */
export interface TypingFrame extends Partial<Targeted> {
  type: typeof FrameType.typing
  from_id: number
  typing: boolean
}

/** A change for which a client would otherwise have to poll. */
export type EventFrame =
  | {
      type: typeof FrameType.event
      /** Frames may have been missed: the client should call sync. */
      event: 'resync'
    }
  | {
      type: typeof FrameType.event
      event: 'friend_request' | 'friend_accepted' | 'friend_removed'
      /** The user who sent the request, accepted it, or ended the friendship. */
      user_id: number
    }

/** The connection is about to close. Reconnect after `reconnect_after_ms`, unless the session has ended. */
export interface GoAwayFrame {
  type: typeof FrameType.goAway
  reason: string
  reconnect_after_ms: number
}

export type ServerFrame =
  | MessageFrame
  | GroupMessageFrame
  | StoredFrame
  | ReadFrame
  | TypingFrame
  | RefusedFrame
  | PongFrame
  | EventFrame
  | GoAwayFrame
