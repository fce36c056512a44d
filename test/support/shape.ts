/** What the wire carries, field by field: strict, so that nothing more than the contract names leaves the service. */
import { z } from 'zod'

const Id = z.int().positive()
const Count = z.int().nonnegative()
const Milliseconds = z.int().min(1_500_000_000_000)
const Seconds = z.int().min(1_500_000_000).max(10_000_000_000)
const Media = z.int().min(1).max(3)

export const Session = z.strictObject({ token: z.string().min(1), username: z.string(), nickname: z.string() })

export const Renewed = z.strictObject({ token: z.string().min(1) })

export const Identity = z.strictObject({ id: Id, username: z.string() })

export const Profile = z.strictObject({
  id: Id,
  username: z.string(),
  nickname: z.string(),
  avatar: z.string(),
  email: z.string(),
  phone: z.string(),
})

export const Upload = z.strictObject({ put_url: z.url(), file_url: z.url().max(255), key: z.string().min(1) })
export type Upload = z.infer<typeof Upload>
export const Download = z.strictObject({ download_url: z.url() })
export const NewAvatar = z.strictObject({ avatar: z.url().max(255) })

export const OpenSessions = z.array(
  z.strictObject({
    id: Id,
    device: z.string(),
    address: z.string().min(1),
    created_at: Milliseconds,
    seen_at: Milliseconds,
    expires_at: Milliseconds,
    online: z.boolean(),
    current: z.boolean(),
  }),
)

/** What a stranger may see: search results and the block list. */
export const Card = z.strictObject({ id: Id, username: z.string(), nickname: z.string(), avatar: z.string() })

export const FriendRequest = z.strictObject({
  id: Id,
  sender_id: Id,
  sender_name: z.string(),
  avatar: z.string(),
  remark: z.string(),
  status: z.int(),
  created_at: z.string().regex(/^\d{4}-[01]\d-[0-3]\d [0-2]\d:[0-5]\d:[0-5]\d$/),
})
export type FriendRequest = z.infer<typeof FriendRequest>

export const Friend = z.strictObject({
  id: Id,
  username: z.string(),
  nickname: z.string(),
  avatar: z.string(),
  desc: z.string(),
  online: z.boolean(),
  unread_count: Count,
  last_message_time: z.union([z.literal(0), Milliseconds]),
  content: z.string(),
  last_seq: Count,
  read_seq: Count,
  peer_read_seq: Count,
})
export type Friend = z.infer<typeof Friend>

/** A friend's page; which of the list's fields it repeats is left open. */
export const FriendInfo = z
  .looseObject({
    id: Id,
    username: z.string(),
    nickname: z.string(),
    avatar: z.string(),
    email: z.string(),
    phone: z.string(),
    desc: z.string(),
  })
  .refine((friend) => !Object.keys(friend).some((field) => field.includes('password')), 'shows a password')

const Role = z.int().min(1).max(3)

export const GroupInfo = z.strictObject({
  id: Id,
  code: z.string(),
  name: z.string(),
  icon: z.string(),
  desc: z.string(),
  owner_id: Id,
  member_count: Id,
  join_policy: Role,
  history_policy: z.int().min(1).max(2),
  muted: z.boolean(),
  created_at: Milliseconds,
})
export type GroupInfo = z.infer<typeof GroupInfo>

export const GroupMember = z.strictObject({
  user_id: Id,
  username: z.string(),
  nickname: z.string().min(1),
  avatar: z.string(),
  role: Role,
  mute: z.int().min(0).max(1),
  mute_until: Count,
  join_time: z.string().regex(/^\d{4}-[01]\d-[0-3]\d [0-2]\d:[0-5]\d:[0-5]\d$/),
  joined_at: Milliseconds,
})
export type GroupMember = z.infer<typeof GroupMember>

export const GroupRequest = FriendRequest.extend({ group_id: Id, group_name: z.string() })
export type GroupRequest = z.infer<typeof GroupRequest>

/** An entry of the list of groups. */
export const MyGroup = z.strictObject({
  mention_count: Count,
  id: Id,
  code: z.string(),
  name: z.string(),
  icon: z.string(),
  owner_id: Id,
  member_count: Id,
  role: Role,
  notify: z.int().min(0).max(2),
  unread_count: Count,
  last_message_time: z.union([z.literal(0), Milliseconds]),
  content: z.string(),
  last_seq: Count,
  read_seq: Count,
})
export type MyGroup = z.infer<typeof MyGroup>

const state = {
  edited: z.boolean(),
  recalled: z.boolean(),
  reactions: z.array(z.strictObject({ emoji: z.string(), user_ids: z.array(Id).min(1) })),
  changed_seq: Id,
}

/** In groups. */
const mentions = z.array(Count).min(1).optional()

/** What messages have beyond GoChat's. */
const more = {
  reply_to: Id.optional(),
  change: z
    .strictObject({
      seq: Id,
      action: z.enum(['edit', 'recall', 'react']),
      message: z.strictObject({ content: z.string(), media: Media, ...state }).optional(),
    })
    .optional(),
}

/** A message as the history shows it. */
export const Row = z.strictObject({
  ...more,
  mentions,
  state: z.strictObject(state).optional(),
  id: Id,
  seq: Id,
  from_user_id: Id,
  to_user_id: Id,
  content: z.string(),
  type: z.literal(2),
  media: Media,
  created_at: Milliseconds,
})
export type Row = z.infer<typeof Row>

/** A group's message as the history shows it. */
export const GroupRow = Row.extend({
  type: z.literal(3),
  from_user_id: Count,
  sender_name: z.string(),
  sender_avatar: z.string(),
})

/** Frame 2: a message as a socket brings it. */
export const Message = z.strictObject({
  ...more,
  type: z.literal(2),
  id: Id,
  seq: Id,
  from_id: Id,
  from_user_id: Id,
  target_id: Id,
  content: z.string(),
  media: Media,
  send_time: Seconds,
  created_at: Milliseconds,
  client_msg_id: z.string().optional(),
})
export type Message = z.infer<typeof Message>

/** Frame 3: a message in a group, with what the group calls its sender. */
export const GroupMessage = Message.extend({
  mentions,
  type: z.literal(3),
  from_id: Count,
  from_user_id: Count,
  nickname: z.string().min(1),
  avatar: z.string(),
})

/** Frame 4: what another client says of a call. */
export const CallSignal = z.strictObject({
  type: z.literal(4),
  from_id: Id,
  content: z.string(),
  call_id: z.string().optional(),
  action: z.enum(['invite', 'accept', 'reject', 'busy', 'cancel', 'end', 'candidate']).optional(),
  send_time: Seconds,
  created_at: Milliseconds,
})

export const IceServers = z.strictObject({
  ice_servers: z.array(
    z.strictObject({
      urls: z.array(z.string()).min(1),
      username: z.string().optional(),
      credential: z.string().optional(),
    }),
  ),
  expires_in: Count,
})

/** Frame 5: the sender's message is stored. */
export const Ack = z.strictObject({
  type: z.literal(5),
  client_msg_id: z.string(),
  id: Id,
  seq: Id,
  target_id: Id,
  send_time: Seconds,
  created_at: Milliseconds,
  duplicate: z.boolean(),
})
export type Ack = z.infer<typeof Ack>

/** Frame 5 for a message to a group. */
export const GroupAck = Ack.extend({ chat_type: z.literal(3) })

/** Frame 9: the frame was not accepted. */
export const Refusal = z.strictObject({
  type: z.literal(9),
  client_msg_id: z.string().optional(),
  call_id: z.string().optional(),
  code: z.int().refine((code) => code !== 0, 'a refusal is no success'),
  reason: z.string().regex(/^[A-Z][A-Z0-9_]+$/),
  msg: z.string().min(1),
  retryable: z.boolean(),
  retry_after_ms: Count.optional(),
})
export type Refusal = z.infer<typeof Refusal>

/** Frame 0 from the service: the answer to a heartbeat that carried `ping`. */
export const Pong = z.strictObject({ type: z.literal(0), pong: z.unknown(), server_time: Id })
