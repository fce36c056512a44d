/** Stored messages: what the `/api/chat` routes take and give. */
import * as z from 'zod/mini'
import { ChatType } from '../core/address.ts'
import { Id, Milliseconds, QueryId, QuerySeq, QueryTargetType, Seq, TargetType } from './value.ts'

const page = 100
const pageMax = 200
const Limit = z.int().check(z.gte(1), z.lte(pageMax))

/** One page of a conversation: the latest, the one before a point, or the one that follows a point. */
export const HistoryQuery = z
  .object({
    target_id: QueryId,
    chat_type: z._default(QueryTargetType, ChatType.direct),
    before_seq: z.optional(QueryId),
    after_seq: z.optional(QuerySeq),
    limit: z._default(z.pipe(QueryId, Limit), page),
  })
  .check(
    z.refine(({ before_seq, after_seq }) => before_seq === undefined || after_seq === undefined, {
      error: 'takes before_seq or after_seq, not both',
    }),
  )
export type HistoryQuery = z.infer<typeof HistoryQuery>

export const StoredMessage = z.object({
  id: Id,
  seq: Seq,
  from_user_id: Id,
  to_user_id: Id,
  content: z.string(),
  type: z.int(),
  media: z.int(),
  created_at: Milliseconds,
})
export type StoredMessage = z.infer<typeof StoredMessage>

export const History = z.array(StoredMessage)

/** How far a device has got in each conversation. */
export const SyncRequest = z.object({
  conversations: z
    .array(z.object({ target_id: Id, chat_type: z._default(TargetType, ChatType.direct), after_seq: Seq }))
    .check(z.maxLength(200)),
  limit: z._default(Limit, page),
})
export type SyncRequest = z.infer<typeof SyncRequest>

/** What follows in one conversation, without holes; `has_more`: ask again after the last of `messages`. */
export const SyncedConversation = z.object({
  target_id: Id,
  /** Named for groups only. */
  chat_type: z.optional(z.literal(ChatType.group)),
  messages: z.array(StoredMessage),
  last_seq: Seq,
  read_seq: Seq,
  peer_read_seq: Seq,
  has_more: z.boolean(),
})
export type SyncedConversation = z.infer<typeof SyncedConversation>

export const SyncedConversations = z.array(SyncedConversation)
