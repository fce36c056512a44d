/**
 * Frames of the service. Nothing checks them on their way out: the description of the socket and all types come from these
 * schemas, so whoever makes frames imports types alone, and no bundle grows by them.
 */
import * as z from 'zod/mini'
import { ChatType } from '../core/address.ts'
import { CallAction, CallId, ChangeAction, ClientMessageId, FrameType } from './frame.ts'
import { Id, Milliseconds, Seq } from './value.ts'

const MessageId = Id.check(z.describe('of the message, unique in the service'))
const MessageSeq = z
  .int()
  .check(z.gte(1), z.describe("the message's number in its conversation: 1, 2, 3 … without holes"))
const SendTime = z.int().check(z.gte(0), z.describe('when the message was stored, in seconds since the epoch'))
const CreatedAt = z.int().check(z.gte(0), z.describe('the same in milliseconds since the epoch'))
const GroupType = z.literal(ChatType.group).check(z.describe('`target_id` is a group; absent for a user'))

/** `chat_type` says what `target_id` names. */
const targeted = { target_id: Id.check(z.describe('the user or the group')), chat_type: z.exactOptional(GroupType) }

export const Reaction = z.object({
  emoji: z.string(),
  user_ids: z.array(Id).check(z.describe('who has reacted with it')),
})
export type Reaction = z.infer<typeof Reaction>

/** What has become of a message that was changed. */
export const MessageState = z.object({
  edited: z.boolean(),
  recalled: z.boolean().check(z.describe('its content says so, in the language of whoever wrote it')),
  reactions: z.array(Reaction),
  changed_seq: Seq.check(z.describe('the `seq` of its last change; of two states the one with the greater is newer')),
})
export type MessageState = z.infer<typeof MessageState>

/** A message as a change has left it, or a later one. */
export const ChangedMessage = z.object({ content: z.string(), media: z.int(), ...MessageState.shape })
export type ChangedMessage = z.infer<typeof ChangedMessage>

/** A message that tells of a change of another one. */
export const MessageChange = z.object({
  seq: MessageSeq.check(z.describe('of the message that has changed')),
  action: ChangeAction,
  message: z.exactOptional(ChangedMessage.check(z.describe('what has become of it; absent if you may not see it'))),
})
export type MessageChange = z.infer<typeof MessageChange>

/** In groups. */
export const Mentions = z.exactOptional(
  z.array(z.int().check(z.gte(0))).check(z.describe('in groups: members whom it is for above all; 0 for all')),
)

/** What messages have beyond GoChat's. */
export const more = {
  reply_to: z.exactOptional(MessageSeq.check(z.describe('the `seq` of the message that it answers'))),
  change: z.exactOptional(
    MessageChange.check(
      z.describe('it tells of a change of another message, counts as no message, and its content says so to people'),
    ),
  ),
}

const message = {
  id: MessageId,
  seq: MessageSeq,
  from_id: Id.check(z.describe('the user who wrote it')),
  from_user_id: Id.check(z.describe('the same as `from_id`')),
  content: z.string().check(z.describe('as it was sent: 1 byte to 16 KiB of UTF-8')),
  media: z.int().check(z.gte(1), z.lte(3), z.describe('1 text, 2 image, 3 audio or video')),
  send_time: SendTime,
  created_at: CreatedAt,
  client_msg_id: z.exactOptional(ClientMessageId.check(z.describe("the sender's, if the message was sent with one"))),
  ...more,
}

/** A message, for the recipient's connections and the sender's other connections. */
export const MessageFrame = z.object({
  type: z.literal(FrameType.message),
  ...message,
  target_id: Id.check(z.describe('the user for whom it is')),
})
export type MessageFrame = z.infer<typeof MessageFrame>

const GroupSender = z.int().check(z.gte(0), z.describe('the user who wrote it; 0 for a notice of the group'))

/** A message for the members of a group, with the nickname and avatar of its sender; of a notice, with those of the group. */
export const GroupMessageFrame = z.object({
  type: z.literal(FrameType.groupMessage),
  ...message,
  from_id: GroupSender,
  from_user_id: GroupSender,
  target_id: Id.check(z.describe('the group')),
  mentions: Mentions,
  nickname: z.string().check(z.describe('what the group calls the sender; of a notice, the name of the group')),
  avatar: z.string().check(z.describe('the address of a picture of the sender, or empty')),
})
export type GroupMessageFrame = z.infer<typeof GroupMessageFrame>

/** The sender's message is stored. */
export const StoredFrame = z.object({
  type: z.literal(FrameType.stored),
  client_msg_id: ClientMessageId.check(z.describe('with which the message was sent')),
  id: MessageId,
  seq: MessageSeq,
  ...targeted,
  send_time: SendTime,
  created_at: CreatedAt,
  duplicate: z.boolean().check(z.describe('the same message was stored before; this is its first answer again')),
})
export type StoredFrame = z.infer<typeof StoredFrame>

/** The sender's frame was refused. If `retryable`, the message may be stored or not: send the same `client_msg_id` again. */
export const RefusedFrame = z.object({
  type: z.literal(FrameType.refused),
  client_msg_id: z.exactOptional(ClientMessageId.check(z.describe('of the frame that was refused, if it is known'))),
  call_id: z.exactOptional(CallId.check(z.describe('of the frame that was refused, if it named a call'))),
  code: z.int().check(z.describe('-1 if a rule refuses it, else a status as over HTTP')),
  reason: z.string().check(z.describe('for programs, such as NOT_FRIENDS: see the table of reasons')),
  msg: z.string().check(z.describe('for people, in the language of the connection')),
  retryable: z
    .boolean()
    .check(z.describe('the outcome is unknown or the time was wrong: send the same `client_msg_id` again')),
  retry_after_ms: z.exactOptional(z.int().check(z.gte(0), z.describe('how long to wait, in milliseconds'))),
})
export type RefusedFrame = z.infer<typeof RefusedFrame>

/** The answer to a heartbeat that carried `ping`. */
export const PongFrame = z.object({
  type: z.literal(FrameType.heartbeat),
  pong: z.union([z.string(), z.number()]).check(z.describe('the `ping` of the heartbeat')),
  server_time: Milliseconds,
})
export type PongFrame = z.infer<typeof PongFrame>

/** `from_id` has read the messages of the user `target_id`, or those in the group `target_id`, up to `seq`. */
export const ReadFrame = z.object({
  type: z.literal(FrameType.read),
  from_id: Id.check(z.describe('who has read')),
  ...targeted,
  seq: Seq.check(z.describe('the last message of the conversation that is read; the mark only moves forward')),
})
export type ReadFrame = z.infer<typeof ReadFrame>

/** `from_id` is typing, or has stopped: in the group `target_id`, or to the receiver of the frame if there is no target. */
export const TypingFrame = z.object({
  type: z.literal(FrameType.typing),
  from_id: Id.check(z.describe('who types')),
  target_id: z.exactOptional(Id.check(z.describe('the group; absent if it is to you'))),
  chat_type: targeted.chat_type,
  typing: z.boolean().check(z.describe('false: has stopped')),
})
export type TypingFrame = z.infer<typeof TypingFrame>

/**
 * `from_id` calls, or answers a call: what its client has sent, whose content the service does not read. That somebody is busy is said
 * by the service, too, with an empty object as content.
 */
export const CallFrame = z.object({
  type: z.literal(FrameType.call),
  from_id: Id.check(z.describe('the friend who has sent it')),
  content: z.string().check(z.describe('as it was sent: 1 byte to 16 KiB of UTF-8')),
  call_id: z.exactOptional(CallId),
  action: z.exactOptional(CallAction),
  send_time: z.int().check(z.gte(0), z.describe('when it was sent, in seconds since the epoch')),
  created_at: z.int().check(z.gte(0), z.describe('the same in milliseconds since the epoch')),
})
export type CallFrame = z.infer<typeof CallFrame>

/** Frames may have been missed: the client should call sync. */
export const ResyncFrame = z.object({
  type: z.literal(FrameType.event),
  event: z.literal('resync'),
  after_ms: z.exactOptional(
    z
      .int()
      .check(
        z.gte(0),
        z.describe('how long to wait before that, in milliseconds, since many are told at once; absent: not at all'),
      ),
  ),
})

/** A change of friendships for which a client would otherwise have to poll. */
export const FriendFrame = z.object({
  type: z.literal(FrameType.event),
  event: z.enum(['friend_request', 'friend_accepted', 'friend_removed']),
  user_id: Id.check(z.describe('who sent the request, accepted it, or ended the friendship')),
})

/** A friend has come online, or has gone. */
export const PresenceFrame = z.object({
  type: z.literal(FrameType.event),
  event: z.literal('presence'),
  user_id: Id.check(z.describe('the friend')),
  online: z.boolean().check(z.describe('false: has gone')),
})

/** Another device of the user has accepted or declined a call: this one stops ringing. */
export const AnsweredElsewhereFrame = z.object({
  type: z.literal(FrameType.event),
  event: z.literal('answered_elsewhere'),
  user_id: Id.check(z.describe('who calls')),
  call_id: CallId,
})

/** A change of a group for which a client would otherwise have to poll. */
export const GroupFrame = z.object({
  type: z.literal(FrameType.event),
  event: z
    .enum(['group_request', 'group_joined', 'group_removed', 'group_changed'])
    .check(
      z.describe(
        'somebody asks to join a group that you run; you have become a member; you are none any more; ' +
          'what the group says of itself or of a member has changed without a notice',
      ),
    ),
  group_id: Id,
  user_id: z.exactOptional(Id.check(z.describe('who asks to join'))),
})
export type GroupFrame = z.infer<typeof GroupFrame>

export type EventFrame =
  | z.infer<typeof ResyncFrame>
  | z.infer<typeof FriendFrame>
  | z.infer<typeof PresenceFrame>
  | z.infer<typeof AnsweredElsewhereFrame>
  | GroupFrame

/** The connection is about to close. Reconnect after `reconnect_after_ms`, unless the session has ended. */
export const GoAwayFrame = z.object({
  type: z.literal(FrameType.goAway),
  reason: z
    .string()
    .check(
      z.describe(
        'SESSION_ENDED or TOKEN_EXPIRED: log in again; CONNECTION_OLD or SHUTDOWN: connect again; ' +
          'TOO_MANY_REQUESTS or TOO_MANY_CONNECTIONS: not before the time is over',
      ),
    ),
  reconnect_after_ms: z.int().check(z.gte(0), z.describe('how long to wait before connecting again, in milliseconds')),
})
export type GoAwayFrame = z.infer<typeof GoAwayFrame>

export type ServerFrame =
  | MessageFrame
  | GroupMessageFrame
  | StoredFrame
  | ReadFrame
  | TypingFrame
  | CallFrame
  | RefusedFrame
  | PongFrame
  | EventFrame
  | GoAwayFrame
