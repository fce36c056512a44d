/** Stored messages: what the `/api/chat` routes take and give. */
import * as z from 'zod/mini'
import { Id, Milliseconds, QueryId, Seq } from './value.ts'

export const HistoryQuery = z.object({ target_id: QueryId })
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
