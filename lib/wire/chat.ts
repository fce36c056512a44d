/** Stored messages: input and output of the `/api/chat` routes. */
import * as z from 'zod/mini'
import { ChatType } from '../core/address.ts'
import { Mentions, MessageState, more } from './server-frame.ts'
import {
  Id,
  Milliseconds,
  needs,
  notBoth,
  QueryId,
  QuerySeq,
  QueryTargetType,
  queryLimit,
  Seq,
  TargetType,
  validUnicode,
} from './value.ts'

const page = 100
const pageMax = 200
const Limit = z.int().check(z.gte(1), z.lte(pageMax))

/** Selects a page of a conversation: the latest by default, or the one before or after a message. */
export const HistoryQuery = z
  .object({
    target_id: QueryId,
    chat_type: z._default(QueryTargetType, ChatType.direct),
    before_seq: z.optional(QueryId),
    after_seq: z.optional(QuerySeq),
    last_msg_id: z.optional(QuerySeq.check(z.describe('the page before the message of this id; 0 for the latest'))),
    limit: z._default(queryLimit(pageMax), page),
  })
  .check(...notBoth('before_seq', 'after_seq'))
export type HistoryQuery = z.infer<typeof HistoryQuery>

export const StoredMessage = z.object({
  id: Id,
  seq: Seq,
  from_user_id: z.int().check(z.gte(0), z.describe('0 for a notice of a group')),
  to_user_id: Id,
  content: z.string(),
  type: z.int(),
  media: z.int(),
  created_at: Milliseconds,
  sender_name: z.exactOptional(
    z.string().check(z.describe('in groups: what the group calls the sender; of a notice, the name of the group')),
  ),
  sender_avatar: z.exactOptional(z.string().check(z.describe('in groups: a picture of the sender, or empty'))),
  ...more,
  mentions: Mentions,
  state: z.exactOptional(
    MessageState.check(z.describe('if it was changed: what has become of it, beside its content')),
  ),
})
export type StoredMessage = z.infer<typeof StoredMessage>

export const History = z.array(StoredMessage)

/** The last message that a device has of each conversation. */
export const SyncRequest = z.object({
  conversations: z
    .array(z.object({ target_id: Id, chat_type: z._default(TargetType, ChatType.direct), after_seq: Seq }))
    .check(z.maxLength(200)),
  limit: z._default(Limit, page),
})
export type SyncRequest = z.infer<typeof SyncRequest>

/** The next messages of a conversation, without gaps. If `has_more`, ask again after the last of them. */
export const SyncedConversation = z.object({
  target_id: Id,
  /** Absent for a user. */
  chat_type: z.optional(z.literal(ChatType.group)),
  messages: z.array(StoredMessage),
  last_seq: Seq,
  read_seq: Seq,
  peer_read_seq: Seq,
  has_more: z.boolean(),
})
export type SyncedConversation = z.infer<typeof SyncedConversation>

export const SyncedConversations = z.array(SyncedConversation)

const searched = 100

/** What is looked for in messages. Spaces around it do not count. */
const SearchText = z.string().check(
  z.trim(),
  z.refine((text) => text !== '' && [...text].length <= searched, { error: `must have 1 to ${searched} characters` }),
  ...validUnicode,
  z.meta({ minLength: 1, maxLength: searched, format: 'line' }),
)

/** Selects a page of the messages that hold a text: of one conversation, or of all. */
export const SearchQuery = z
  .object({
    q: SearchText,
    target_id: z.optional(QueryId),
    chat_type: z.optional(QueryTargetType),
    cursor: z.optional(
      z.string().check(z.regex(/^\d{1,16}(-\d{1,16}){3}$/, { error: 'must be the cursor of a previous page' })),
    ),
  })
  .check(...needs('chat_type', 'target_id'))
export type SearchQuery = z.infer<typeof SearchQuery>
