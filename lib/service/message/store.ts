/**
 * Persisting: a batch of records becomes messages, in one transaction with a fixed number of statements.
 */
import { type CompiledQuery, type RawBuilder, type Selectable, sql } from 'kysely'
import type { Db } from '../../client/mysql.ts'
import { conversationKey } from '../../core/conversation.ts'
import { type Database, RelationType } from '../../schema/tables.ts'
import type { ChatRecord, MessageRecord } from '../../wire/record.ts'
import * as readMark from '../conversation/read-mark.ts'
import { type Statements, transactInTwo } from '../store/transaction.ts'
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
  senderKey,
  settle,
  sideKey,
} from './resolve.ts'

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
  const reads: Statements<[ConversationRow, RepeatRow, Side]> = [
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
  return db
    .selectFrom('conversations')
    .select(['id', 'low_id', 'high_id', 'last_seq', 'last_message_time'])
    .where(arePairs(sql`(low_id, high_id)`, records.map(keyOf)))
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

function friendships(db: Db, records: readonly ChatRecord[]): CompiledQuery<Side> {
  return db
    .selectFrom('relations')
    .select(['id', 'owner_id', 'target_id', 'last_read_seq'])
    .where('type', '=', RelationType.friend)
    .where(areSides(records.map(senderKey)))
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

/** True where two ids are among keys like `1:2`. */
const arePairs = (columns: RawBuilder<unknown>, keys: readonly string[]): RawBuilder<boolean> =>
  isAmong(
    columns,
    [...new Set(keys)].map((key) => sql`(${sql.join(key.split(':').map(Number))})`),
  )

const areSides = (keys: readonly string[]): RawBuilder<boolean> => arePairs(sql`(owner_id, target_id)`, keys)

const sidesOf = (rows: readonly Side[]): Map<string, Side> =>
  new Map(rows.map((row) => [sideKey(row.owner_id, row.target_id), row]))

function insert(db: Db, added: readonly Added[]): CompiledQuery[] {
  const messages = db.insertInto('messages').values(added.map(({ row }) => row))
  return [messages.compile(), ends(db, added), unread(db, added)]
}

// An update that joins other tables costs MariaDB up to twice as much as these two.

// Every conversation exists, so this insert only updates. Texts are read where they are: sent twice, they might not fit a
// packet. `last_insert_id()` is the id of the first of the messages, until this statement gives it another meaning.
function ends(db: Db, added: readonly Added[]): CompiledQuery {
  const users = ['from_user_id', 'to_user_id'] as const
  const ids = new Map(added.map(({ row }, index) => [row.conversation_id, sql<number>`last_insert_id() + ${index}`]))
  return db
    .insertInto('conversations')
    .columns(['id', 'low_id', 'high_id', 'last_seq', 'last_message_id', 'last_message_time', 'content'])
    .expression(({ selectFrom }) =>
      selectFrom('messages')
        .select('conversation_id')
        .select(({ fn }) => [fn('least', users).as('low_id'), fn('greatest', users).as('high_id')])
        .select(['seq', 'id', 'created_at', 'content'])
        .where('id', 'in', [...ids.values()]),
    )
    .onDuplicateKeyUpdate({
      last_seq: sql`values(last_seq)`,
      last_message_id: sql`values(last_message_id)`,
      last_message_time: sql`values(last_message_time)`,
      content: sql`values(content)`,
    })
    .compile()
}

// Most recipients have as many as most others: one.
function unread(db: Db, added: readonly Added[]): CompiledQuery {
  const received = Map.groupBy(added, ({ row }) => sideKey(row.to_user_id, row.from_user_id))
  const recipients = [...received.keys()]
  const byCount = Map.groupBy(recipients, (key) => received.get(key)?.length ?? 0)
  const [[most = 0] = [], ...others] = [...byCount].sort(([, some], [, more]) => more.length - some.length)
  const cases = others.map(([count, keys]) => sql`when ${areSides(keys)} then ${count}`)
  const count = cases.length === 0 ? most : sql`case ${sql.join(cases, sql` `)} else ${most} end`
  return sql`update relations set unread_count = unread_count + ${count} where ${areSides(recipients)}`.compile(db)
}
