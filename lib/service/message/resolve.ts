/**
 * Resolving: what becomes of each record of a batch. Decided in memory, from what the database said under the locks of the
 * batch's conversations.
 */
import { createHash } from 'node:crypto'
import { ChatType, keyOf } from '../../core/address.ts'
import type { Reason } from '../../core/refusal.ts'
import type { NewMessage } from '../../schema/tables.ts'
import {
  addressOfRecord,
  type ChatRecord,
  type MessageRecord,
  type ReadRecord,
  type TypingRecord,
} from '../../wire/record.ts'
import type { Mark } from '../conversation/read-mark.ts'

/** A message as it stands in its conversation. */
export interface Placed {
  id: number
  seq: number
  /** Milliseconds. */
  createdAt: number
}

/** What became of a record, and the users whom it concerns besides the connection it came from. */
export type Outcome =
  /** `repeated`: this very record was stored before. */
  | {
      kind: 'stored' | 'repeated'
      record: MessageRecord
      placed: Placed
      recipients: readonly number[]
      sender: Member | undefined
    }
  /** The client's message was stored before, by another record. */
  | { kind: 'resent'; record: MessageRecord; placed: Placed }
  /** The mark stands at `seq`, for all of the batch's records of that reader. */
  | { kind: 'read'; record: ReadRecord; seq: number; recipients: readonly number[] }
  | { kind: 'typing'; record: TypingRecord; recipients: readonly number[] }
  | { kind: 'refused'; record: ChatRecord; reason: Reason }

/** Someone who may write in a conversation. The names are those of senders in groups; empty for others. */
export interface Member {
  readSeq: number
  nickname: string
  avatar: string
}

/** A conversation as it was locked. */
export interface Conversation {
  id: number
  seq: number
  noticeCount: number
  time: number
  /** The active ones, by user. */
  members: Map<number, Member>
  /** Their ids. */
  memberIds: number[]
}

/** The batch's conversations, by key. */
export type Conversations = ReadonlyMap<string, Conversation>

export interface Repeat extends Placed {
  bodyHash: Buffer
}

/** What is stored already: by record id, and by sender and the client's id. */
export interface Repeats {
  byRecord: Map<string, Repeat>
  byClient: Map<string, Repeat>
}

export const clientKey = (senderId: number, clientMessageId: string | Buffer): string =>
  `${senderId} ${clientMessageId}`

// In larger groups receipts and typing would be most of what is sent: they are for the few.
const readsUpTo = 32
const typingUpTo = 100

const conversationKey = (record: ChatRecord): string => keyOf(addressOfRecord(record))

/**
 * Frames of one connection to one conversation in the order of the gateway's request time: it may run two at once. All
 * else keeps its place in the topic.
 */
export function inRequestOrder(records: readonly ChatRecord[]): ChatRecord[] {
  const slots = new Map<string, number[]>()
  records.forEach((record, index) => {
    const stream = `${record.origin.connection_id} ${conversationKey(record)}`
    const places = slots.get(stream)
    if (places) places.push(index)
    else slots.set(stream, [index])
  })
  const ordered = [...records]
  for (const places of slots.values()) {
    const stream = places.flatMap((index) => records[index] ?? []).sort((a, b) => a.requested_at - b.requested_at)
    stream.forEach((record, rank) => {
      const place = places[rank]
      if (place !== undefined) ordered[place] = record
    })
  }
  return ordered
}

/** A new message: its row, and where its id goes once it has one. */
export interface Added {
  row: NewMessage
  placed: Placed
}

/** Numbers new messages. Repeats come before membership: a repeat always gets the first answer. */
export function resolveMessages(
  records: readonly MessageRecord[],
  conversations: Conversations,
  { byRecord, byClient }: Repeats,
  now: number,
): { outcomes: Outcome[]; added: Added[] } {
  const outcomes: Outcome[] = []
  const added: Added[] = []
  const seen = new Set<string>()
  for (const record of records) {
    const { record_id, from_id, client_msg_id } = record
    if (seen.has(record_id)) continue
    seen.add(record_id)

    const conversation = conversations.get(conversationKey(record))
    const sender = conversation?.members.get(from_id)
    const recipients = recipientsOf(record, conversation)
    const repeated = byRecord.get(record_id)
    if (repeated) {
      outcomes.push({ record, kind: 'repeated', placed: repeated, recipients, sender })
      continue
    }
    const bodyHash = hashOf(record)
    const resent = client_msg_id === undefined ? undefined : byClient.get(clientKey(from_id, client_msg_id))
    if (resent) {
      const isSame = bodyHash.equals(resent.bodyHash)
      outcomes.push(
        isSame ? { record, kind: 'resent', placed: resent } : { record, kind: 'refused', reason: 'CONFLICT' },
      )
      continue
    }
    if (!conversation || !sender) {
      outcomes.push({ record, kind: 'refused', reason: notAllowed(record) })
      continue
    }
    conversation.seq += 1
    conversation.time = Math.max(conversation.time, now)
    const placed = { id: 0, seq: conversation.seq, createdAt: conversation.time, bodyHash }
    if (client_msg_id !== undefined) byClient.set(clientKey(from_id, client_msg_id), placed)
    added.push({ row: rowOf(record, conversation, placed), placed })
    outcomes.push({ record, kind: 'stored', placed, recipients, sender })
  }
  return { outcomes, added }
}

/**
 * What is passed on without being stored. Several read marks of one reader become one: the furthest, at most the
 * conversation's last seq. Of several signs of typing the last counts.
 */
export function resolveSignals(
  records: readonly ChatRecord[],
  conversations: Conversations,
): { signals: Outcome[]; marks: Mark[] } {
  const refused: Outcome[] = []
  const typing = new Map<string, Outcome>()
  const reads = new Map<string, Extract<Outcome, { kind: 'read' }>>()
  const marks = new Map<string, Mark>()
  for (const record of records) {
    if (record.kind === 'message') continue
    const { from_id: userId, target_id, chat_type } = record
    const conversation = conversations.get(conversationKey(record))
    const reader = conversation?.members.get(userId)
    if (!conversation || !reader) {
      refused.push({ kind: 'refused', record, reason: notAllowed(record) })
      continue
    }
    const key = `${userId} ${conversationKey(record)}`
    const isSmall = conversation.memberIds.length <= (record.kind === 'read' ? readsUpTo : typingUpTo)
    const others = isSmall ? conversation.memberIds.filter((member) => member !== userId) : []
    if (record.kind === 'typing') {
      typing.set(key, { kind: 'typing', record, recipients: others })
    } else {
      const seq = Math.max(Math.min(record.seq, conversation.seq), reads.get(key)?.seq ?? 0)
      // A mark that stands there already is told again: the push may have been lost with the consumer.
      if (seq >= reader.readSeq) reads.set(key, { kind: 'read', record, seq, recipients: [...others, userId] })
      const peerId = chat_type === ChatType.direct ? target_id : 0
      if (seq > reader.readSeq) marks.set(key, { conversationId: conversation.id, userId, peerId, seq })
    }
  }
  return { signals: [...refused, ...reads.values(), ...typing.values()], marks: [...marks.values()] }
}

/** Of a pair both, also when their friendship has ended since; of a group all who belong to it now. */
function recipientsOf({ chat_type, from_id, target_id }: MessageRecord, conversation: Conversation | undefined) {
  return chat_type === ChatType.group ? (conversation?.memberIds ?? []) : [target_id, from_id]
}

const notAllowed = ({ chat_type }: ChatRecord): Reason => (chat_type === ChatType.group ? 'NOT_MEMBER' : 'NOT_FRIENDS')

/** What a resend must repeat. The same text to a group and to a user of its id are two messages. */
const hashOf = ({ chat_type, target_id, media, content }: MessageRecord): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([...(chat_type === ChatType.group ? [chat_type] : []), target_id, media, content]))
    .digest()

function rowOf(record: MessageRecord, { id, noticeCount }: Conversation, placed: Repeat): NewMessage {
  return {
    conversation_id: id,
    seq: placed.seq,
    notice_count: noticeCount,
    from_user_id: record.from_id,
    to_user_id: record.target_id,
    content: record.content,
    type: record.chat_type,
    media: record.media,
    created_at: placed.createdAt,
    record_id: Buffer.from(record.record_id),
    client_msg_id: record.client_msg_id === undefined ? null : Buffer.from(record.client_msg_id),
    body_hash: placed.bodyHash,
  }
}
