/**
 * Persisting: a batch of records becomes messages, in one transaction with a fixed number of statements, and is posted
 * after the commit.
 */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Db, Tx } from '../client/mysql.ts'
import { conversationKey } from '../core/conversation.ts'
import type { Reason } from '../core/refusal.ts'
import { MessageType, type NewMessage, RelationType } from '../schema/tables.ts'
import type { ChatRecord, MessageRecord, ReadRecord, TypingRecord } from '../wire/record.ts'
import * as readMark from './read-mark.ts'
import { transact } from './transaction.ts'

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

/**
 * Stores the new messages of a batch, moves its read marks, and tells what became of each record, in the order of their
 * request times.
 *
 * All or nothing. The batch's conversations are locked first, so numbers follow each other without holes, and friendship
 * is as it was committed last. Seven statements at most between begin and commit, whatever the size of the batch.
 */
export async function store(db: Db, records: readonly ChatRecord[], now: number): Promise<Outcome[]> {
  if (records.length === 0) return []
  const ordered = inRequestOrder(records)
  return await transact(db, async (tx) => {
    const conversations = await lock(tx, ordered)
    const messages = ordered.filter((record) => record.kind === 'message')
    const repeats = await repeatsOf(tx, messages)
    const friendships = await friendshipsOf(tx, ordered)
    const { outcomes, added } = settle(messages, conversations, repeats, friendships, now)
    if (added.length > 0) await insert(tx, added)
    const { passed, marks } = pass(ordered, conversations, friendships)
    await readMark.move(tx, marks)
    return [...outcomes, ...passed]
  })
}

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

interface Conversation {
  id: number
  seq: number
  time: number
}

const keyOf = ({ from_id, target_id }: ChatRecord): string => conversationKey(from_id, target_id)

// Found by the unique key of the pair, so all batches lock in its order.
async function lock(tx: Tx, records: readonly ChatRecord[]): Promise<Map<string, Conversation>> {
  const pairs = [...new Set(records.map(keyOf))].map((key) => sql`(${sql.join(key.split(':').map(Number))})`)
  const rows = await tx
    .selectFrom('conversations')
    .select(['id', 'low_id', 'high_id', 'last_seq', 'last_message_time'])
    .where(sql<boolean>`(low_id, high_id) in (${sql.join(pairs)})`)
    .forUpdate()
    .execute()
  return new Map(
    rows.map((row) => [
      conversationKey(row.low_id, row.high_id),
      { id: row.id, seq: row.last_seq, time: row.last_message_time },
    ]),
  )
}

interface Repeat extends Placed {
  bodyHash: Buffer
}

/** What is stored already: by record id, and by sender and the client's id. */
interface Repeats {
  byRecord: Map<string, Repeat>
  byClient: Map<string, Repeat>
}

const clientKey = (senderId: number, clientMessageId: string | Buffer): string => `${senderId} ${clientMessageId}`

async function repeatsOf(tx: Tx, records: readonly MessageRecord[]): Promise<Repeats> {
  if (records.length === 0) return { byRecord: new Map(), byClient: new Map() }
  const columns = ['id', 'seq', 'from_user_id', 'created_at', 'record_id', 'client_msg_id', 'body_hash'] as const
  const recordIds = records.map(({ record_id }) => Buffer.from(record_id))
  const named = records.flatMap(({ from_id, client_msg_id }) =>
    client_msg_id === undefined ? [] : [sql`(${from_id}, ${Buffer.from(client_msg_id)})`],
  )
  const byRecord = tx.selectFrom('messages').select(columns).where('record_id', 'in', recordIds)
  const byClient = tx
    .selectFrom('messages')
    .select(columns)
    .where(sql<boolean>`(from_user_id, client_msg_id) in (${sql.join(named)})`)
  const rows = await (named.length === 0 ? byRecord : byRecord.union(byClient)).execute()

  const repeats: Repeats = { byRecord: new Map(), byClient: new Map() }
  for (const row of rows) {
    const repeat = { id: row.id, seq: row.seq, createdAt: row.created_at, bodyHash: row.body_hash }
    repeats.byRecord.set(row.record_id.toString(), repeat)
    if (row.client_msg_id) repeats.byClient.set(clientKey(row.from_user_id, row.client_msg_id), repeat)
  }
  return repeats
}

/** A user's side of a friendship: the row that holds the read mark. */
interface Side {
  id: number
  readSeq: number
}

const sideKey = ({ from_id, target_id }: ChatRecord): string => `${from_id}:${target_id}`

async function friendshipsOf(tx: Tx, records: readonly ChatRecord[]): Promise<Map<string, Side>> {
  const pairs = [...new Set(records.map(sideKey))].map((key) => sql`(${sql.join(key.split(':').map(Number))})`)
  const rows = await tx
    .selectFrom('relations')
    .select(['id', 'owner_id', 'target_id', 'last_read_seq'])
    .where('type', '=', RelationType.friend)
    .where(sql<boolean>`(owner_id, target_id) in (${sql.join(pairs)})`)
    .execute()
  return new Map(
    rows.map(({ id, owner_id, target_id, last_read_seq }) => [
      `${owner_id}:${target_id}`,
      { id, readSeq: last_read_seq },
    ]),
  )
}

/** A new message: its row, and where its id goes once it has one. */
interface Added {
  row: NewMessage
  placed: Placed
}

// Repeats before friendship: what was answered once is answered the same for ever.
function settle(
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
    if (!conversation || !friendships.has(sideKey(record))) {
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
function pass(
  records: readonly ChatRecord[],
  conversations: Map<string, Conversation>,
  friendships: Map<string, Side>,
): { passed: Outcome[]; marks: readMark.Mark[] } {
  const refused: Outcome[] = []
  const typing = new Map<string, Outcome>()
  const reads = new Map<string, { kind: 'read'; record: ReadRecord; seq: number }>()
  const marks = new Map<string, readMark.Mark>()
  for (const record of records) {
    if (record.kind === 'message') continue
    const key = sideKey(record)
    const conversation = conversations.get(keyOf(record))
    const side = friendships.get(key)
    if (!conversation || !side) {
      refused.push({ kind: 'refused', record, reason: 'NOT_FRIENDS' })
    } else if (record.kind === 'typing') {
      typing.set(key, { kind: 'typing', record })
    } else {
      const seq = Math.max(Math.min(record.seq, conversation.seq), reads.get(key)?.seq ?? 0)
      // A mark that stands there already is told again: the push may have been lost with the consumer.
      if (seq >= side.readSeq) reads.set(key, { kind: 'read', record, seq })
      if (seq > side.readSeq) marks.set(key, { relationId: side.id, conversationId: conversation.id, seq })
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

// Ids of one insert follow each other in the order of its rows; the conversations' locks keep them in step with seq.
async function insert(tx: Tx, added: readonly Added[]): Promise<void> {
  const { insertId } = await tx
    .insertInto('messages')
    .values(added.map(({ row }) => row))
    .executeTakeFirstOrThrow()
  const first = Number(insertId)
  added.forEach(({ placed }, index) => {
    placed.id = first + index
  })
  const last = first + added.length - 1

  const ends = new Map(added.map(({ row, placed }) => [row.conversation_id, placed.id]))
  await sql`
    update conversations c join messages m on m.conversation_id = c.id
    set c.last_seq = m.seq, c.last_message_id = m.id, c.last_message_time = m.created_at, c.content = m.content
    where m.id in (${sql.join([...ends.values()])})`.execute(tx)
  await sql`
    update relations r join (
      select to_user_id, from_user_id, count(*) as added from messages
      where id between ${first} and ${last} group by to_user_id, from_user_id
    ) m on r.owner_id = m.to_user_id and r.target_id = m.from_user_id
    set r.unread_count = r.unread_count + m.added`.execute(tx)
}
