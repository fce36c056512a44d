/** Friendships: input and output of the `/api/friend` routes. */
import * as z from 'zod/mini'
import { previewLength } from '../core/preview.ts'
import { Person } from './user.ts'
import { Id, line, lines, Milliseconds, QueryId, Seq } from './value.ts'

export const Target = z.object({ target_id: Id })
export type Target = z.infer<typeof Target>

export const TargetQuery = z.object({ target_id: QueryId })
export type TargetQuery = z.infer<typeof TargetQuery>

export const FriendRequest = z.object({ target_id: Id, remark: z.optional(lines(255)) })
export type FriendRequest = z.infer<typeof FriendRequest>

export const accept = 1
export const refuse = 2

export const Verdict = z.object({
  request_id: Id,
  action: z.literal([accept, refuse]).check(z.describe('1 accepts, 2 declines')),
})
export type Verdict = z.infer<typeof Verdict>

export const PendingRequest = z.object({
  id: Id,
  sender_id: Id,
  sender_name: z.string(),
  avatar: z.string(),
  remark: z.string(),
  status: z.literal(0),
  created_at: z.string().check(z.describe('YYYY-MM-DD HH:mm:ss in the configured time zone')),
})
export type PendingRequest = z.infer<typeof PendingRequest>

export const Friend = z.object({
  id: Id,
  username: z.string(),
  nickname: z.string(),
  avatar: z.string(),
  desc: z.string().check(z.describe("the caller's alias for this friend, or empty")),
  online: z.boolean(),
  unread_count: z.int().check(z.gte(0), z.describe('messages from this friend after read_seq')),
  last_message_time: Milliseconds,
  content: z.string().check(z.describe(`the first ${previewLength} characters of the last message, or empty`)),
  last_seq: Seq,
  read_seq: Seq,
  peer_read_seq: Seq,
})
export type Friend = z.infer<typeof Friend>

export const FriendInfo = z.object({ ...Friend.shape, email: z.string(), phone: z.string() })
export type FriendInfo = z.infer<typeof FriendInfo>

export const Description = z.object({ target_id: Id, desc: line(0, 64) })
export type Description = z.infer<typeof Description>

export const Friends = z.array(Friend)
export const PendingRequests = z.array(PendingRequest)
export const BlockedUsers = z.array(Person)
