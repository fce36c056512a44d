/** What the service has of a user, as that user may take it away: entries of several kinds, page by page. */
import * as z from 'zod/mini'
import { StoredMessage } from './chat.ts'
import { more } from './server-frame.ts'
import { Id, Media, Milliseconds, Seq, TargetType } from './value.ts'

/** The parts of an export, in their order. */
export const exportParts = [
  'profile',
  'sessions',
  'friends',
  'blocks',
  'sent',
  'received',
  'groupRequests',
  'files',
  'conversations',
  'messages',
] as const
export type ExportPart = (typeof exportParts)[number]

/** Where a page begins: a part, and a place in it. Absent for the first. */
export const ExportQuery = z.object({
  cursor: z.optional(
    z.string().check(
      z.regex(new RegExp(String.raw`^(${exportParts.join('|')})(-\d{1,16}){0,2}$`), {
        error: 'must be the cursor of a previous page',
      }),
    ),
  ),
})
export type ExportQuery = z.infer<typeof ExportQuery>

const ExportedProfile = z.object({
  kind: z.literal('profile'),
  id: Id,
  username: z.string(),
  nickname: z.string(),
  avatar: z.string(),
  email: z.string(),
  phone: z.string(),
  created_at: Milliseconds,
})

const ExportedSession = z.object({
  kind: z.literal('session'),
  device: z.string(),
  address: z.string(),
  created_at: Milliseconds,
  expires_at: Milliseconds,
})

const ExportedFriend = z.object({
  kind: z.literal('friend'),
  user_id: Id,
  username: z.string(),
  nickname: z.string(),
  desc: z.string(),
  created_at: Milliseconds,
})

const ExportedBlock = z.object({
  kind: z.literal('block'),
  user_id: Id,
  username: z.string(),
  created_at: Milliseconds,
})

const ExportedRequest = z.object({
  kind: z.literal(['request_sent', 'request_received']),
  user_id: Id,
  username: z.string(),
  remark: z.string(),
  waiting: z.boolean(),
  created_at: Milliseconds,
})

const ExportedGroupRequest = z.object({
  kind: z.literal('group_request'),
  group_id: Id,
  group_name: z.string(),
  remark: z.string(),
  waiting: z.boolean(),
  created_at: Milliseconds,
})

const ExportedFile = z.object({
  kind: z.literal('file'),
  path: z.string(),
  filename: z.string(),
  content_type: z.string(),
  size: z.int().check(z.gte(0), z.describe('bytes; 0 before it was first used')),
  created_at: Milliseconds,
})

const ExportedConversation = z.object({
  kind: z.literal('conversation'),
  chat_type: TargetType,
  target_id: Id,
  member: z.boolean(),
  group_name: z.exactOptional(z.string().check(z.describe('of a group'))),
  role: z.exactOptional(z.int().check(z.describe('in a group: 1 owner, 2 administrator, 3 member'))),
  nickname: z.string().check(z.describe('what the group calls the user')),
  last_seq: Seq,
  read_seq: Seq,
  joined_at: Milliseconds,
})

const ExportedMessage = z.object({
  kind: z.literal('message'),
  chat_type: TargetType,
  target_id: Id,
  id: Id,
  seq: Seq,
  from_user_id: z.int(),
  content: z.string(),
  media: Media,
  created_at: Milliseconds,
  ...more,
  mentions: StoredMessage.shape.mentions,
  state: StoredMessage.shape.state,
})

const ExportEntry = z.union([
  ExportedProfile,
  ExportedSession,
  ExportedFriend,
  ExportedBlock,
  ExportedRequest,
  ExportedGroupRequest,
  ExportedFile,
  ExportedConversation,
  ExportedMessage,
])
export type ExportEntry = z.infer<typeof ExportEntry>

export const Export = z.array(ExportEntry)
