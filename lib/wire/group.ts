/** Groups: input and output of the `/api/group` routes. */
import * as z from 'zod/mini'
import { previewLength } from '../core/preview.ts'
import { Avatar } from './contact.ts'
import { FriendRequest, PendingRequest } from './friend.ts'
import { TimePageQuery } from './page.ts'
import { Nickname } from './user.ts'
import { Id, line, lines, Milliseconds, QueryId, QuerySeq, Seq } from './value.ts'

const Name = line(1, 50).check(z.describe('what it is called'))
const Description = lines(255)

/** Chosen by its creator's client: asked for again, there is still one group. */
const ClientGroupId = z.string().check(
  z.refine((value) => value.isWellFormed() && value.length > 0 && [...value].length <= 64, {
    error: 'must have 1 to 64 characters',
  }),
  z.meta({ minLength: 1, maxLength: 64, description: 'unique per creator; sent again, it makes no other group' }),
)

export const NewGroup = z.object({
  name: Name,
  desc: z.optional(Description),
  icon: z.optional(Avatar),
  client_group_id: z.optional(ClientGroupId),
})
export type NewGroup = z.infer<typeof NewGroup>

const JoinPolicy = z
  .literal([1, 2, 3])
  .check(z.describe('1: an administrator approves it; 2: who wants to; 3: by invitation only'))
const HistoryPolicy = z.literal([1, 2]).check(z.describe('what who joins may see: 1 what is said from then on, 2 all'))
const Role = z.literal([1, 2, 3]).check(z.describe('1 owner, 2 administrator, 3 member'))
const NotifyLevel = z.literal([0, 1, 2]).check(z.describe('0: of all messages, 1: of mentions, 2: of none'))

export const GroupInfo = z.object({
  id: Id,
  code: z.string().check(z.describe('by which others find it')),
  name: z.string(),
  icon: z.string(),
  desc: z.string(),
  owner_id: Id,
  member_count: z.int().check(z.gte(1)),
  join_policy: JoinPolicy,
  history_policy: HistoryPolicy,
  muted: z.boolean().check(z.describe('only its owner and administrators may write')),
  created_at: Milliseconds,
})
export type GroupInfo = z.infer<typeof GroupInfo>

export const GroupQuery = z.object({ group_id: QueryId })
export type GroupQuery = z.infer<typeof GroupQuery>

export const MembersQuery = z.object({ ...GroupQuery.shape, ...TimePageQuery.shape })
export type MembersQuery = z.infer<typeof MembersQuery>

/** What people read to each other and type: in any case, with blanks around it. */
export const CodeQuery = z.object({
  group_code: z.pipe(
    z.string().check(z.regex(/^[\s]*[0-9A-Za-z]{1,16}[\s]*$/, { error: 'must be the code of a group' })),
    z.transform((code) => code.trim().toUpperCase()),
  ),
})
export type CodeQuery = z.infer<typeof CodeQuery>

export const GroupMember = z.object({
  user_id: Id,
  username: z.string(),
  nickname: z.string().check(z.describe('what the group calls the member')),
  avatar: z.string(),
  role: Role,
  mute: z.int().check(z.gte(0), z.lte(1), z.describe('1 while the member may not write')),
  mute_until: Milliseconds,
  join_time: z.string().check(z.describe('YYYY-MM-DD HH:mm:ss in the configured time zone')),
  joined_at: Milliseconds,
})
export type GroupMember = z.infer<typeof GroupMember>
export const GroupMembers = z.array(GroupMember)

export const MyGroup = z.object({
  id: Id,
  code: z.string(),
  name: z.string(),
  icon: z.string(),
  owner_id: Id,
  member_count: z.int().check(z.gte(1)),
  role: Role,
  notify: NotifyLevel,
  unread_count: z.int().check(z.gte(0), z.describe('messages from others after read_seq, without notices')),
  mention_count: z
    .int()
    .check(z.gte(0), z.describe('those of them that mention the caller, or everybody, among the latest 1,000')),
  last_message_time: Milliseconds,
  content: z.string().check(z.describe(`the first ${previewLength} characters of the last message or notice`)),
  last_seq: Seq,
  read_seq: Seq,
})
export type MyGroup = z.infer<typeof MyGroup>
export const MyGroups = z.array(MyGroup)

export const GroupUpdate = z.object({
  group_id: Id,
  name: z.optional(Name),
  desc: z.optional(Description),
  icon: z.optional(Avatar),
})
export type GroupUpdate = z.infer<typeof GroupUpdate>

export const GroupSettings = z.object({
  group_id: Id,
  join_policy: z.optional(JoinPolicy),
  history_policy: z.optional(HistoryPolicy),
})
export type GroupSettings = z.infer<typeof GroupSettings>

export const GroupTarget = z.object({ group_id: Id })
export type GroupTarget = z.infer<typeof GroupTarget>

export const MemberTarget = z.object({ group_id: Id, user_id: Id })
export type MemberTarget = z.infer<typeof MemberTarget>

export const MemberUpdate = z.object({
  group_id: Id,
  target_id: Id,
  new_nickname: z.optional(Nickname).check(z.describe('empty: what the member is called elsewhere')),
  new_role: z.optional(Role),
})
export type MemberUpdate = z.infer<typeof MemberUpdate>

export const Invitation = z.object({ group_id: Id, user_ids: z.array(Id).check(z.minLength(1), z.maxLength(50)) })
export type Invitation = z.infer<typeof Invitation>

const muteMaxSeconds = 10 * 365 * 24 * 3600

export const Mute = z.object({
  group_id: Id,
  user_id: z.optional(Id).check(z.describe('absent: all but the owner and the administrators')),
  muted: z.boolean(),
  seconds: z
    .optional(z.int().check(z.gte(1), z.lte(muteMaxSeconds)))
    .check(z.describe('for how long a member is muted; absent: until it is lifted')),
})
export type Mute = z.infer<typeof Mute>

export const Ban = z.object({ ...MemberTarget.shape, banned: z.boolean() })
export type Ban = z.infer<typeof Ban>

export const Notify = z.object({ group_id: Id, level: NotifyLevel })
export type Notify = z.infer<typeof Notify>

export const JoinRequest = z.object({ group_id: Id, remark: FriendRequest.shape.remark })
export type JoinRequest = z.infer<typeof JoinRequest>

export const GroupRequest = z.object({ ...PendingRequest.shape, group_id: Id, group_name: z.string() })
export type GroupRequest = z.infer<typeof GroupRequest>
export const GroupRequests = z.array(GroupRequest)

export const ReadsQuery = z.object({ group_id: QueryId, seq: QuerySeq })
export type ReadsQuery = z.infer<typeof ReadsQuery>

/** Who has read a message, but for who wrote it. */
export const Reads = z.object({
  read: z.int().check(z.gte(0)),
  total: z.int().check(z.gte(0), z.describe('members who may see the message')),
  user_ids: z.array(Id).check(z.describe('of those who have read it')),
})
export type Reads = z.infer<typeof Reads>
