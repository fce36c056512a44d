/**
 * Resolving: decides the outcome of each record of a batch, in memory, from the state that was read under the locks of the
 * batch's conversations.
 */
import { createHash } from 'node:crypto'
import { ChatType, keyOf } from '../../core/address.ts'
import type { Reason } from '../../core/refusal.ts'
import { MessageKind, type NewMessage, Role, textMedia } from '../../schema/tables.ts'
import {
  addressOfRecord,
  type CallRecord,
  type ChangeRecord,
  type ChatRecord,
  type MessageRecord,
  type ReadRecord,
  type TypingRecord,
} from '../../wire/record.ts'
import { type Mark, maxMembersForReads } from '../conversation/read-mark.ts'
import { type Changing, refusalOf as refusalOfChange, type Target, textOf } from './change.ts'
import type { Refusals } from './refused.ts'

/** A message's place in its conversation. */
export interface Placed {
  id: number
  seq: number
  /** Milliseconds. */
  createdAt: number
}

/** What becomes a message. */
export type Storable = MessageRecord | ChangeRecord

export const isStorable = (record: ChatRecord): record is Storable =>
  record.kind === 'message' || record.kind === 'change'

/** The outcome of a record, and the users to notify; the connection it came from gets no push. */
export type Outcome =
  /** `repeated`: this record was stored before. */
  | {
      kind: 'stored' | 'repeated'
      record: Storable
      placed: Placed
      recipients: readonly number[]
      sender: ActiveMember | undefined
      mentions: readonly number[]
      /** Of a change: what has become of the message that it is about, and who may see that. */
      changed?: { target: Target; viewers: readonly number[] }
    }
  /** The client's message was stored before, from another record. */
  | { kind: 'resent'; record: Storable; placed: Placed }
  /** The reader's mark is at `seq`: the result of all the batch's read records of that reader. */
  | { kind: 'read'; record: ReadRecord; seq: number; recipients: readonly number[] }
  | { kind: 'typing'; record: TypingRecord; recipients: readonly number[] }
  | { kind: 'call'; record: CallRecord; recipients: readonly number[] }
  | { kind: 'refused'; record: ChatRecord; reason: Reason }

/** An active member of a conversation. Name, role and avatar are set for senders in groups; empty for all others. */
export interface ActiveMember {
  readSeq: number
  nickname: string
  avatar: string
  role: number
  /** Milliseconds: nothing the member writes before is stored. */
  muteUntil: number
  /** The first message that the member may see. */
  fromSeq: number
}

/** Mentions all members. */
const everybody = 0

/** The state of a locked conversation; numbering advances `seq` and `time`. */
export interface LockedConversation {
  id: number
  seq: number
  noticeCount: number
  time: number
  /** By user id. */
  members: Map<number, ActiveMember>
  memberIds: number[]
}

/** The batch's conversations, by key. */
export type Conversations = ReadonlyMap<string, LockedConversation>

export interface Repeat extends Placed {
  bodyHash: Buffer
  /** It was changed since. */
  isChanged: boolean
}

/** Messages stored already: by record id, and by sender and client_msg_id. */
export interface Repeats {
  byRecord: Map<string, Repeat>
  byClient: Map<string, Repeat>
}

export const clientKey = (senderId: number, clientMessageId: string | Buffer): string =>
  `${senderId} ${clientMessageId}`

// In larger groups typing would be most of the traffic, so it is not pushed.
const maxMembersForTyping = 100

const conversationKey = (record: ChatRecord): string => keyOf(addressOfRecord(record))

/**
 * Sorts the records of one connection in one conversation by the gateway's request time, since it may run two frames at
 * once. Otherwise records keep the order of the topic.
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

/** A new message: its row, and its place, whose id is set after the commit. */
export interface Added {
  row: NewMessage
  placed: Placed
  /** Users, or `everybody`. */
  mentions: readonly number[]
}

/** Numbers new messages. Repeats are checked before membership, so a repeat always gets the first outcome, also if that was a refusal. */
export function resolveMessages(
  records: readonly Storable[],
  conversations: Conversations,
  { byRecord, byClient }: Repeats,
  { changing, refusals }: { changing: Changing; refusals: Refusals },
  now: number,
): { outcomes: Outcome[]; added: Added[] } {
  const outcomes: Outcome[] = []
  const added: Added[] = []
  const seen = new Set<string>()
  const refuse = (record: Storable, reason: Reason): void => {
    refusals.tell(record, reason, now)
    outcomes.push({ record, kind: 'refused', reason })
  }
  for (const record of records) {
    const { record_id, from_id, client_msg_id } = record
    if (seen.has(record_id)) continue
    seen.add(record_id)

    const conversation = conversations.get(conversationKey(record))
    const sender = conversation?.members.get(from_id)
    const target = conversation && record.kind === 'change' ? changing.of(conversation.id, record) : undefined
    const mentions = mentionsIn(record, conversation)
    const repeated = byRecord.get(record_id)
    if (repeated) {
      const changed = target && { target, viewers: viewersOf(target, record, conversation) }
      // Whoever has not seen it sees what has become of it with its change.
      const recipients = repeated.isChanged ? [] : recipientsAgain(record, conversation, repeated.seq)
      outcomes.push({
        record,
        kind: 'repeated',
        placed: repeated,
        recipients,
        sender,
        mentions,
        ...(changed && { changed }),
      })
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
    const told = refusals.of(record)
    if (told) {
      outcomes.push({ record, kind: 'refused', reason: told })
      continue
    }
    if (!conversation || !sender) {
      refuse(record, notMember(record))
      continue
    }
    const reason = refusalOf(record, conversation, sender, target, now)
    if (reason) {
      refuse(record, reason)
      continue
    }
    conversation.seq += 1
    conversation.time = Math.max(conversation.time, now)
    if (record.kind === 'change') conversation.noticeCount += 1
    const placed = { id: 0, seq: conversation.seq, createdAt: conversation.time, bodyHash, isChanged: false }
    if (client_msg_id !== undefined) byClient.set(clientKey(from_id, client_msg_id), placed)
    added.push({ row: rowOf(record, conversation, placed, mentions), placed, mentions })
    const changed =
      target && record.kind === 'change'
        ? { target: changing.apply(target, record, placed.seq), viewers: viewersOf(target, record, conversation) }
        : undefined
    const recipients = recipientsOf(record, conversation)
    outcomes.push({ record, kind: 'stored', placed, recipients, sender, mentions, ...(changed && { changed }) })
  }
  return { outcomes, added }
}

/** Why an active member's record is not stored. */
function refusalOf(
  record: Storable,
  { seq }: LockedConversation,
  { muteUntil, fromSeq, role }: ActiveMember,
  target: Target | undefined,
  now: number,
): Reason | undefined {
  if (muteUntil > now) return 'MUTED'
  if (record.kind === 'change') return refusalOfChange(record, target, fromSeq, now)
  const { reply_to = seq, mentions = [] } = record
  if (reply_to > seq || (record.reply_to !== undefined && reply_to < fromSeq)) return 'MESSAGE_NOT_FOUND'
  return mentions.includes(everybody) && role > Role.admin ? 'ROLE_TOO_LOW' : undefined
}

/** Those of the members whom a message mentions; whoever is none, or has written it, is passed over. */
function mentionsIn(record: Storable, conversation: LockedConversation | undefined): number[] {
  if (record.kind !== 'message' || record.mentions === undefined) return []
  const { mentions, from_id } = record
  return [...new Set(mentions)].filter((id) => id === everybody || (id !== from_id && conversation?.members.has(id)))
}

/** Who may see the message that a change is about. */
function viewersOf({ seq }: Target, record: Storable, conversation: LockedConversation | undefined): number[] {
  return recipientsAgain(record, conversation, seq)
}

/**
 * Resolves what is not stored as messages: read marks, typing and calls, of which each counts. Several read marks of one reader become one: the
 * furthest, at most the conversation's last seq. Of several typing records of one user the last one counts.
 */
export function resolveSignals(
  records: readonly ChatRecord[],
  conversations: Conversations,
): { signals: Outcome[]; marks: Mark[] } {
  const refused: Outcome[] = []
  const calls: Outcome[] = []
  const typing = new Map<string, Outcome>()
  const reads = new Map<string, Extract<Outcome, { kind: 'read' }>>()
  const marks = new Map<string, Mark>()
  for (const record of records) {
    if (isStorable(record)) continue
    const { from_id: userId, target_id, chat_type } = record
    const conversation = conversations.get(conversationKey(record))
    const reader = conversation?.members.get(userId)
    if (!conversation || !reader) {
      refused.push({ kind: 'refused', record, reason: notMember(record) })
      continue
    }
    if (record.kind === 'call') {
      calls.push({ kind: 'call', record, recipients: [target_id] })
      continue
    }
    const key = `${userId} ${conversationKey(record)}`
    const isSmall = conversation.memberIds.length <= (record.kind === 'read' ? maxMembersForReads : maxMembersForTyping)
    const others = isSmall ? conversation.memberIds.filter((member) => member !== userId) : []
    if (record.kind === 'typing') {
      typing.set(key, { kind: 'typing', record, recipients: others })
    } else {
      const seq = Math.max(Math.min(record.seq, conversation.seq), reads.get(key)?.seq ?? 0)
      // A mark already at this seq is pushed again: the consumer may have died before its push.
      if (seq >= reader.readSeq) reads.set(key, { kind: 'read', record, seq, recipients: [...others, userId] })
      const peerId = chat_type === ChatType.direct ? target_id : 0
      if (seq > reader.readSeq) marks.set(key, { conversationId: conversation.id, userId, peerId, seq })
    }
  }
  return { signals: [...refused, ...reads.values(), ...typing.values(), ...calls], marks: [...marks.values()] }
}

/** For a pair both users, even if their friendship has ended since; for a group its active members. */
function recipientsOf({ chat_type, from_id, target_id }: Storable, conversation: LockedConversation | undefined) {
  return chat_type === ChatType.group ? (conversation?.memberIds ?? []) : [target_id, from_id]
}

/** Of a message that was stored before: nobody who may not see it, having joined since. */
function recipientsAgain(record: Storable, conversation: LockedConversation | undefined, seq: number) {
  return recipientsOf(record, conversation).filter((id) => (conversation?.members.get(id)?.fromSeq ?? 0) <= seq)
}

const notMember = ({ chat_type }: ChatRecord): Reason => (chat_type === ChatType.group ? 'NOT_MEMBER' : 'NOT_FRIENDS')

/** Hash of the fields that a resend must repeat. A group and a user with the same id are different targets. */
const hashOf = (record: Storable): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([...(record.chat_type === ChatType.group ? [record.chat_type] : []), ...bodyOf(record)]))
    .digest()

/** What was there first comes first, and what is absent is left out: messages hash as ever. */
function bodyOf(record: Storable): unknown[] {
  if (record.kind === 'change') return [record.target_id, 'change', record.seq, record.action, record.content ?? null]
  const { target_id, media, content, reply_to, mentions } = record
  return [target_id, media, content, ...(reply_to === undefined && !mentions ? [] : [{ reply_to, mentions }])]
}

function rowOf(
  record: Storable,
  { id, noticeCount }: LockedConversation,
  placed: Repeat,
  mentions: readonly number[],
): NewMessage {
  const isChange = record.kind === 'change'
  return {
    conversation_id: id,
    seq: placed.seq,
    notice_count: noticeCount,
    from_user_id: record.from_id,
    to_user_id: record.target_id,
    content: isChange ? textOf(record) : record.content,
    type: record.chat_type,
    media: isChange ? textMedia : record.media,
    created_at: placed.createdAt,
    record_id: Buffer.from(record.record_id),
    client_msg_id: record.client_msg_id === undefined ? null : Buffer.from(record.client_msg_id),
    body_hash: placed.bodyHash,
    kind: isChange ? MessageKind[record.action] : MessageKind.said,
    ref_seq: (isChange ? record.seq : record.reply_to) ?? null,
    mention_count: mentions.length,
  }
}
