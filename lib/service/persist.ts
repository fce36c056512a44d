/**
 * Persisting: a batch of records becomes messages, in one transaction with a fixed number of statements.
 */
import { type CompiledQuery, type RawBuilder, type Selectable, sql } from 'kysely'
import type { Db } from '../client/mysql.ts'
import { conversationKey } from '../core/conversation.ts'
import { type Database, RelationType } from '../schema/tables.ts'
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
import { type Statements, transactInTwo } from './transaction.ts'

/**
 * Stores the new messages of a batch, moves its read marks, and tells what became of each record, in the order of their
 * request times.
 *
 * All or nothing. The batch's conversations are locked first, so numbers follow each other without holes, and friendship
 * is as it was committed last. Seven statements at most between begin and commit, in two round trips, whatever the size
 * of the batch.
 */
export async function store(db: Db, records: readonly ChatRecord[], now: number): Promise<Outcome[]> {
  if (records.length === 0) return []
  const ordered = inRequestOrder(records)
  const messages = ordered.filter((record) => record.kind === 'message')
  const reads: Statements<[ConversationRow, RepeatRow, SideRow]> = [
    lock(db, ordered),
    repeatsAmong(db, messages),
    friendships(db, ordered),
  ]
  return await transactInTwo(db, reads, ([conversationRows, repeatRows, sideRows]) => {
    const conversations = conversationsOf(conversationRows)
    const sides = sidesOf(sideRows)
    const { outcomes, added } = settle(messages, conversations, repeatsOf(repeatRows), sides, now)
    const { passed, marks } = pass(ordered, conversations, sides)
    return {
      writes: [
        ...(added.length > 0 ? insert(db, added) : []),
        ...(marks.length > 0 ? [readMark.moved(db, marks)] : []),
      ],
      committed([inserted]) {
        // Ids of one insert follow each other in the order of its rows; the conversations' locks keep them in step with seq.
        added.forEach(({ placed }, index) => {
          placed.id = (inserted?.insertId ?? 0) + index
        })
        return [...outcomes, ...passed]
      },
    }
  })
}

type ConversationRow = Pick<
  Selectable<Database['conversations']>,
  'id' | 'low_id' | 'high_id' | 'last_seq' | 'last_message_time'
>

// Found by the unique key of the pair, so all batches lock in its order.
function lock(db: Db, records: readonly ChatRecord[]): CompiledQuery<ConversationRow> {
  const pairs = [...new Set(records.map(keyOf))].map((key) => sql`(${sql.join(key.split(':').map(Number))})`)
  return db
    .selectFrom('conversations')
    .select(['id', 'low_id', 'high_id', 'last_seq', 'last_message_time'])
    .where(isAmong(sql`(low_id, high_id)`, pairs))
    .forUpdate()
    .compile()
}

function conversationsOf(rows: readonly ConversationRow[]): Map<string, Conversation> {
  return new Map(
    rows.map((row) => [
      conversationKey(row.low_id, row.high_id),
      { id: row.id, seq: row.last_seq, time: row.last_message_time },
    ]),
  )
}

const repeatColumns = ['id', 'seq', 'from_user_id', 'created_at', 'record_id', 'client_msg_id', 'body_hash'] as const

type RepeatRow = Pick<Selectable<Database['messages']>, (typeof repeatColumns)[number]>

function repeatsAmong(db: Db, records: readonly MessageRecord[]): CompiledQuery<RepeatRow> {
  const recordIds = records.map(({ record_id }) => sql`${Buffer.from(record_id)}`)
  const named = records.flatMap(({ from_id, client_msg_id }) =>
    client_msg_id === undefined ? [] : [sql`(${from_id}, ${Buffer.from(client_msg_id)})`],
  )
  const among = db.selectFrom('messages').select(repeatColumns)
  const byRecord = among.where(isAmong(sql`record_id`, recordIds))
  const byClient = among.where(isAmong(sql`(from_user_id, client_msg_id)`, named))
  return named.length === 0 ? byRecord.compile() : byRecord.unionAll(byClient).compile()
}

function repeatsOf(rows: readonly RepeatRow[]): Repeats {
  const repeats: Repeats = { byRecord: new Map(), byClient: new Map() }
  for (const row of rows) {
    const repeat = { id: row.id, seq: row.seq, createdAt: row.created_at, bodyHash: row.body_hash }
    repeats.byRecord.set(row.record_id.toString(), repeat)
    if (row.client_msg_id) repeats.byClient.set(clientKey(row.from_user_id, row.client_msg_id), repeat)
  }
  return repeats
}

type SideRow = Pick<Selectable<Database['relations']>, 'id' | 'owner_id' | 'target_id' | 'last_read_seq'>

function friendships(db: Db, records: readonly ChatRecord[]): CompiledQuery<SideRow> {
  const pairs = [...new Set(records.map(sideKey))].map((key) => sql`(${sql.join(key.split(':').map(Number))})`)
  return db
    .selectFrom('relations')
    .select(['id', 'owner_id', 'target_id', 'last_read_seq'])
    .where('type', '=', RelationType.friend)
    .where(isAmong(sql`(owner_id, target_id)`, pairs))
    .compile()
}

// MariaDB reads a list of 1,000 values as a table to join, and then all of the other: lists stay shorter.
const listLength = 500

function isAmong(columns: RawBuilder<unknown>, values: readonly RawBuilder<unknown>[]): RawBuilder<boolean> {
  const lists = Array.from({ length: Math.ceil(values.length / listLength) }, (_, index) =>
    values.slice(index * listLength, (index + 1) * listLength),
  )
  if (lists.length === 0) return sql`false`
  return sql`(${sql.join(
    lists.map((list) => sql`${columns} in (${sql.join(list)})`),
    sql` or `,
  )})`
}

function sidesOf(rows: readonly SideRow[]): Map<string, Side> {
  return new Map(
    rows.map(({ id, owner_id, target_id, last_read_seq }) => [
      `${owner_id}:${target_id}`,
      { id, readSeq: last_read_seq },
    ]),
  )
}

// `last_insert_id()` is the id of the first of the rows, and stays so in what follows.
function insert(db: Db, added: readonly Added[]): CompiledQuery[] {
  const ends = new Map(added.map(({ row }, index) => [row.conversation_id, sql`last_insert_id() + ${index}`]))
  return [
    db
      .insertInto('messages')
      .values(added.map(({ row }) => row))
      .compile(),
    sql`
      update conversations c join messages m on m.conversation_id = c.id
      set c.last_seq = m.seq, c.last_message_id = m.id, c.last_message_time = m.created_at, c.content = m.content
      where m.id in (${sql.join([...ends.values()])})`.compile(db),
    sql`
      update relations r join (
        select to_user_id, from_user_id, count(*) as added from messages
        where id between last_insert_id() and last_insert_id() + ${added.length - 1}
        group by to_user_id, from_user_id
      ) m on r.owner_id = m.to_user_id and r.target_id = m.from_user_id
      set r.unread_count = r.unread_count + m.added`.compile(db),
  ]
}
