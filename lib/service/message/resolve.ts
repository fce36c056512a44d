/**
 * Settling: what becomes of each record of a batch. Decided in memory, from what the database said under the locks of the
 * batch's conversations.
 */
import { createHash } from 'node:crypto'
import { conversationKey } from '../../core/conversation.ts'
import type { Reason } from '../../core/refusal.ts'
import { MessageType, type NewMessage, type Relation } from '../../schema/tables.ts'
import type { ChatRecord, MessageRecord, ReadRecord, TypingRecord } from '../../wire/record.ts'
import type { Mark } from '../conversation/read-mark.ts'

/** A message as it stands in its conversation. */
export interface Placed {
  id: number
  seq: number
  /** Milliseconds. */
  createdAt: number
}

/**
 * What became of a record. `repeated`: this very record was stored before; `resent`: the client's message was; `read`: the
 * mark stands at `seq`, for all of the batch's records of that reader.
 */
export type Outcome =
  | { kind: 'stored' | 'repeated' | 'resent'; record: MessageRecord; placed: Placed }
  | { kind: 'read'; record: ReadRecord; seq: number }
  | { kind: 'typing'; record: TypingRecord }
  | { kind: 'refused'; record: ChatRecord; reason: Reason }

export interface Conversation {
  id: number
  seq: number
  time: number
}

/** The conversation of a record, as a key. */
export const keyOf = ({ from_id, target_id }: ChatRecord): string => conversationKey(from_id, target_id)

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

/** A user's side of a friendship: the row that holds the read mark. */
export type Side = Pick<Relation, 'id' | 'owner_id' | 'target_id' | 'last_read_seq'>

export const sideKey = (ownerId: number, targetId: number): string => `${ownerId}:${targetId}`

export const senderKey = ({ from_id, target_id }: ChatRecord): string => sideKey(from_id, target_id)

/**
 * Frames of one connection to one conversation in the order of the gateway's request time: it may run two at once. All
 * else keeps its place in the log.
 */
export function inRequestOrder(records: readonly ChatRecord[]): ChatRecord[] {
  const slots = new Map<string, number[]>()
  records.forEach(({ origin, target_id }, index) => {
    const stream = `${origin.connection_id} ${target_id}`
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

// Repeats before friendship: what was answered once is answered the same for ever.
export function settle(
  records: readonly MessageRecord[],
  conversations: Map<string, Conversation>,
  { byRecord, byClient }: Repeats,
  friendships: Map<string, Side>,
  now: number,
): { outcomes: Outcome[]; added: Added[] } {
  const outcomes: Outcome[] = []
  const added: Added[] = []
  const seen = new Set<string>()
  for (const record of records) {
    const { record_id, from_id, client_msg_id } = record
    if (seen.has(record_id)) continue
    seen.add(record_id)

    const repeated = byRecord.get(record_id)
    if (repeated) {
      outcomes.push({ record, kind: 'repeated', placed: repeated })
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
    const conversation = conversations.get(keyOf(record))
    if (!conversation || !friendships.has(senderKey(record))) {
      outcomes.push({ record, kind: 'refused', reason: 'NOT_FRIENDS' })
      continue
    }
    conversation.seq += 1
    conversation.time = Math.max(conversation.time, now)
    const placed = { id: 0, seq: conversation.seq, createdAt: conversation.time, bodyHash }
    if (client_msg_id !== undefined) byClient.set(clientKey(from_id, client_msg_id), placed)
    added.push({ row: rowOf(record, conversation.id, placed), placed })
    outcomes.push({ record, kind: 'stored', placed })
  }
  return { outcomes, added }
}

// Reading a burst is one mark and one outcome: the furthest, which no mark passes the conversation's end with.
export function pass(
  records: readonly ChatRecord[],
  conversations: Map<string, Conversation>,
  friendships: Map<string, Side>,
): { passed: Outcome[]; marks: Mark[] } {
  const refused: Outcome[] = []
  const typing = new Map<string, Outcome>()
  const reads = new Map<string, { kind: 'read'; record: ReadRecord; seq: number }>()
  const marks = new Map<string, Mark>()
  for (const record of records) {
    if (record.kind === 'message') continue
    const key = senderKey(record)
    const conversation = conversations.get(keyOf(record))
    const side = friendships.get(key)
    if (!conversation || !side) {
      refused.push({ kind: 'refused', record, reason: 'NOT_FRIENDS' })
    } else if (record.kind === 'typing') {
      typing.set(key, { kind: 'typing', record })
    } else {
      const seq = Math.max(Math.min(record.seq, conversation.seq), reads.get(key)?.seq ?? 0)
      // A mark that stands there already is told again: the push may have been lost with the consumer.
      if (seq >= side.last_read_seq) reads.set(key, { kind: 'read', record, seq })
      if (seq > side.last_read_seq) marks.set(key, { relationId: side.id, conversationId: conversation.id, seq })
    }
  }
  return { passed: [...refused, ...reads.values(), ...typing.values()], marks: [...marks.values()] }
}

/** What a resend must repeat. */
const hashOf = ({ target_id, media, content }: MessageRecord): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([target_id, media, content]))
    .digest()

function rowOf(record: MessageRecord, conversationId: number, placed: Repeat): NewMessage {
  return {
    conversation_id: conversationId,
    seq: placed.seq,
    from_user_id: record.from_id,
    to_user_id: record.target_id,
    content: record.content,
    type: MessageType.direct,
    media: record.media,
    created_at: placed.createdAt,
    record_id: Buffer.from(record.record_id),
    client_msg_id: record.client_msg_id === undefined ? null : Buffer.from(record.client_msg_id),
    body_hash: placed.bodyHash,
  }
}
