/** Frames: the JSON objects that travel over the WebSocket, by `type`. Those of the service are in server-frame.ts. */
import * as z from 'zod/mini'
import { ChatType } from '../core/address.ts'
import { contentMaxBytes, Id, Media, Seq, TargetType, together, wellFormed } from './value.ts'

/** The types of frames in both directions. */
export const FrameType = {
  heartbeat: 0,
  message: 2,
  groupMessage: 3,
  call: 4,
  stored: 5,
  read: 6,
  typing: 7,
  event: 8,
  refused: 9,
  goAway: 10,
  change: 11,
} as const

const Content = z
  .string()
  .check(z.minLength(1, { error: 'must not be empty' }), wellFormed, z.describe('1 byte to 16 KiB of UTF-8'))

/** Compared byte by byte, and unique per sender. */
export const ClientMessageId = z.string().check(
  z.refine((value) => value.isWellFormed() && value.length > 0 && [...value].length <= 64, {
    error: 'must have 1 to 64 characters',
  }),
  z.meta({ minLength: 1, maxLength: 64, description: 'unique per sender; sent again, it is never stored twice' }),
)

/** What the service's own messages about calls begin their `client_msg_id` with (see service/call/notice). */
const callPrefix = 'call:'

/** The message of this seq, in the same conversation. */
const MessageSeq = z.int().check(z.gte(1))

/** A heartbeat keeps presence alive. It gets a reply only if it has `ping`. */
export const Heartbeat = z.object({
  ping: z.optional(z.union([z.string().check(z.maxLength(64)), z.number()]).check(z.describe('comes back as `pong`'))),
})
export type Heartbeat = z.infer<typeof Heartbeat>

/**
 * A message to a user or a group, depending on the frame's type. The limit on its content is checked separately
 * (`fitsContent`), since exceeding it has its own reason.
 */
export const Message = z.object({
  target_id: Id.check(z.describe('the user or the group')),
  content: Content,
  media: z._default(Media, 1),
  client_msg_id: z.optional(
    ClientMessageId.check(
      z.refine((value) => !value.startsWith(callPrefix), { error: `must not begin with ${callPrefix}` }),
    ),
  ),
  reply_to: z.optional(MessageSeq.check(z.describe('the `seq` of the message that this one answers'))),
})
export type Message = z.infer<typeof Message>

const mentionsMax = 50

/** A message to a group, which may mention members of it. */
export const GroupMessage = z.object({
  ...Message.shape,
  mentions: z.optional(
    z
      .array(z.int().check(z.gte(0)))
      .check(
        z.maxLength(mentionsMax),
        z.describe('members whom it is for above all; 0 for all of them, as owner and administrators may say'),
      ),
  ),
})
export type GroupMessage = z.infer<typeof GroupMessage>

/** What may be done to a message. */
export const ChangeAction = z.enum(['edit', 'recall', 'react'])
export type ChangeAction = z.infer<typeof ChangeAction>

// The longest has 35: two people of two colours, a heart and a kiss.
const emojiMaxBytes = 64
const emoji = String.raw`^\p{RGI_Emoji}$`
let emojiPattern: RegExp | undefined

/** The pattern is made when there is a reaction: even to read it as a literal would take a sixth of a cold start. */
function isEmoji(text: string): boolean {
  if (Buffer.byteLength(text) > emojiMaxBytes) return false
  emojiPattern ??= new RegExp(emoji, 'v')
  return emojiPattern.test(text)
}

/** Changes a message that is stored: its text, by whoever wrote it; that it is there at all; or what somebody feels about it. */
export const Change = z
  .object({
    target_id: Id.check(z.describe('the user or the group')),
    chat_type: z._default(TargetType, ChatType.direct),
    seq: MessageSeq.check(z.describe('of the message')),
    action: ChangeAction,
    content: z.optional(Content.check(z.describe('edit: the new text; react: one emoji, absent to take yours back'))),
    client_msg_id: Message.shape.client_msg_id,
  })
  .check(
    z.refine(({ action, content }) => action !== 'edit' || content !== undefined, {
      error: 'must have the new content',
    }),
    z.refine(({ action, content }) => action !== 'react' || content === undefined || isEmoji(content), {
      error: 'must have one emoji as content, or none',
    }),
  )
export type Change = z.infer<typeof Change>

/** What a client says of a call that the service keeps the state of. */
export const CallAction = z.enum(['invite', 'accept', 'reject', 'busy', 'cancel', 'end', 'candidate'])
export type CallAction = z.infer<typeof CallAction>

/** Names a call: its caller's client makes it up. */
export const CallId = z
  .string()
  .check(
    z.regex(/^[A-Za-z0-9_-]{8,36}$/, { error: 'must have 8 to 36 letters, digits, hyphens or underscores' }),
    z.describe('names the call; the caller makes it up, and never uses it again'),
  )

/**
 * Something that two clients have to tell each other to call: passed on as it is, never stored. With a `call_id` the service keeps
 * the state of the call.
 */
export const Call = z
  .object({
    target_id: Id.check(z.describe('a friend')),
    content: Content,
    call_id: z.optional(CallId),
    action: z.optional(CallAction),
  })
  .check(...together('call_id', 'action'))
export type Call = z.infer<typeof Call>

/** The sender has read up to `seq`. */
export const Read = z.object({
  target_id: Id,
  chat_type: z._default(TargetType, ChatType.direct),
  seq: Seq.check(z.describe('of the last message that is read')),
})
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
