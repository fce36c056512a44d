/**
 * Persisting: a batch of records becomes messages, in one transaction with a fixed number of statements.
 */
import { sql } from 'kysely'
import type { Db, Tx } from '../client/mysql.ts'
import { conversationKey } from '../core/conversation.ts'
import { RelationType } from '../schema/tables.ts'
import type { ChatRecord, MessageRecord } from '../wire/record.ts'
import * as readMark from './read-mark.ts'
import {
  type Added,
  type Conversation,
  clientKey,
  inRequestOrder,
  keyOf,
  type Outcome,
  pass,
  type Repeats,
  type Side,
  settle,
  sideKey,
} from './settle.ts'
import { transact } from './transaction.ts'

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
