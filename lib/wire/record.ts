/** Records: the values that travel through Kafka to the consumers, keyed by conversation. */
import * as z from 'zod/mini'
import { type Address, addressOf, ChatType } from '../core/address.ts'
import { CallAction, CallId, ChangeAction, ClientMessageId } from './frame.ts'
import type { ServerFrame } from './server-frame.ts'
import { gatewayId, Id, Milliseconds, Seq, TargetType, wellFormed } from './value.ts'

/** The connection that a frame came from, and how to reply to it. */
export const Origin = z.object({
  connection_id: gatewayId(128),
  /** Whether the connection accepts arrays of frames. */
  batch: z.boolean(),
  language: z.literal(['zh', 'en']),
})
export type Origin = z.infer<typeof Origin>

const common = {
  /** The gateway's message id; it stays the same when the record is delivered again. */
  record_id: gatewayId(64),
  from_id: Id,
  target_id: Id,
  /** Absent in records from before groups were introduced. */
  chat_type: z._default(TargetType, ChatType.direct),
  /** The gateway's request time: restores the order of frames of one connection that overtook each other. */
  requested_at: Milliseconds,
  origin: Origin,
}

/** A message on its way to be stored. */
export const MessageRecord = z.object({
  kind: z.literal('message'),
  ...common,
  content: z.string().check(wellFormed),
  media: z.int(),
  client_msg_id: z.optional(ClientMessageId),
  reply_to: z.optional(Seq),
  mentions: z.optional(z.array(z.int())),
})
export type MessageRecord = z.infer<typeof MessageRecord>

/** A change of a message on its way to be stored, which is a message, too. */
export const ChangeRecord = z.object({
  kind: z.literal('change'),
  ...common,
  seq: Seq,
  action: ChangeAction,
  content: z.optional(z.string().check(wellFormed)),
  client_msg_id: z.optional(ClientMessageId),
})
export type ChangeRecord = z.infer<typeof ChangeRecord>

/** The sender has read the target's messages up to `seq`. */
export const ReadRecord = z.object({ kind: z.literal('read'), ...common, seq: Seq })
export type ReadRecord = z.infer<typeof ReadRecord>

/** The sender is typing, or has stopped: passed on, never stored. */
export const TypingRecord = z.object({ kind: z.literal('typing'), ...common, typing: z.boolean() })
export type TypingRecord = z.infer<typeof TypingRecord>

/** The sender calls, or answers a call: passed on, never stored. Both or neither of `call_id` and `action` are there. */
export const CallRecord = z.object({
  kind: z.literal('call'),
  ...common,
  content: z.string().check(wellFormed),
  call_id: z.optional(CallId),
  action: z.optional(CallAction),
})
export type CallRecord = z.infer<typeof CallRecord>

/** Any record of the message topic. */
export const ChatRecord = z.discriminatedUnion('kind', [
  MessageRecord,
  ChangeRecord,
  ReadRecord,
  TypingRecord,
  CallRecord,
])
export type ChatRecord = z.infer<typeof ChatRecord>

/** The conversation that a record belongs to. */
export const addressOfRecord = ({ chat_type, from_id, target_id }: ChatRecord): Address =>
  addressOf(chat_type, from_id, target_id)

// Made by the consumer of messages, from schemas: nobody else writes to the topic.
const SlicedFrame = z.custom<ServerFrame>((given) => typeof given === 'object' && given !== null && 'type' in given)

/** Frames for all connections of some members of a large group, in order, each except for the connection that it came from. */
export const SliceRecord = z.object({
  user_ids: z.array(Id),
  pushes: z.array(z.object({ except: z.optional(z.string()), frame: SlicedFrame })),
})
export type SliceRecord = z.infer<typeof SliceRecord>

/**
 * What the mapping writes to its failure destination: why it gave a record up, and the record, as an event with a batch of
 * one. Source: the Lambda developer guide, "Kafka on-failure destinations".
 */
export const GivenUp = z.object({
  requestContext: z.object({ condition: z.string() }),
  payload: z.object({
    records: z.record(
      z.string(),
      z.array(
        z.object({
          topic: z.string(),
          partition: z.int(),
          offset: z.int(),
          key: z.optional(z.string()),
          value: z.optional(z.string()),
        }),
      ),
    ),
  }),
})
export type GivenUp = z.infer<typeof GivenUp>

/** A record from Kafka, decoded. `value` is undefined if it does not match its schema. */
export interface Delivered<T> {
  topic: string
  partition: number
  offset: number
  /** When the producer sent it, in milliseconds. */
  timestamp: number
  /** The raw key, and the raw value in `payload`. */
  key: Buffer | undefined
  payload: Buffer
  value: T | undefined
}
