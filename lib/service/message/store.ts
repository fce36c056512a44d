/**
 * Storing: a batch of records becomes messages, in one transaction with a fixed number of statements.
 */
import { type CompiledQuery, type RawBuilder, type Selectable, sql } from 'kysely'
import type { Clients } from '../../client/clients.ts'
import type { Db } from '../../client/mysql.ts'
import { type Address, ChatType, keyOf, pairOf } from '../../core/address.ts'
import { type Database, MemberState } from '../../schema/tables.ts'
import { addressOfRecord, type ChatRecord, type MessageRecord } from '../../wire/record.ts'
import * as readMark from '../conversation/read-mark.ts'
import { transactInTwo } from '../store/transaction.ts'
import {
  type Added,
  type Conversation,
  type Conversations,
  clientKey,
  inRequestOrder,
  type Outcome,
  type Repeats,
  resolveMessages,
  resolveSignals,
} from './resolve.ts'

/**
 * Stores the new messages of a batch and moves its read marks. Tells what became of each message, in the order of their
 * request times; then, of each reader and each typist, what is passed on.
 *
 * All or nothing. The batch's conversations are locked first, pairs before groups, so numbers follow each other without
 * holes, and membership is as it was committed last. At most nine statements between begin and commit, seven if all are
 * pairs, in two round trips, whatever the size of the batch.
 */
export async function store(
  { db }: Pick<Clients, 'db'>,
  records: readonly ChatRecord[],
  now: number,
): Promise<Outcome[]> {
  if (records.length === 0) return []
  const ordered = inRequestOrder(records)
  const messages = ordered.filter((record) => record.kind === 'message')
  const places = [...pairsAmong(ordered), ...groupsAmong(ordered)]
  const reads = {
    conversations: places.map((place) => lock(db, place)),
    repeats: [repeatsAmong(db, messages)],
    members: places.map((place) => membersOf(db, place, messages)),
  }
  return await transactInTwo<{ conversations: ConversationRow; repeats: RepeatRow; members: MemberRow }, Outcome[]>(
    { db },
    reads,
    (rows) => {
      const conversations = conversationsOf(rows)
      const { outcomes, added } = resolveMessages(messages, conversations, repeatsOf(rows.repeats), now)
      const { signals, marks } = resolveSignals(ordered, conversations)
      return {
        writes: [
          ...(added.length > 0 ? insert(db, added) : []),
          ...(marks.length > 0 ? [readMark.move(db, marks)] : []),
        ],
        committed([inserted]) {
          // Ids of one insert follow each other in the order of its rows; the conversations' locks keep them in step with seq.
          added.forEach(({ placed }, index) => {
            placed.id = (inserted?.insertId ?? 0) + index
          })
          return [...outcomes, ...signals]
        },
      }
    },
  )
}

/** The conversations of one kind that a batch touches. */
interface Place {
  isGroup: boolean
  /** True for them, where `c` is a conversation. */
  where: RawBuilder<boolean>
}

const addressesAmong = (records: readonly ChatRecord[]): Address[] => [
  ...new Map(records.map(addressOfRecord).map((address) => [keyOf(address), address])).values(),
]

function pairsAmong(records: readonly ChatRecord[]): Place[] {
  const values = addressesAmong(records).flatMap((address) =>
    address.chatType === ChatType.direct ? sql`(${address.low}, ${address.high})` : [],
  )
  if (values.length === 0) return []
  return [{ isGroup: false, where: isAmong(sql`(c.low_id, c.high_id)`, values) }]
}

function groupsAmong(records: readonly ChatRecord[]): Place[] {
  const values = addressesAmong(records).flatMap((address) =>
    address.chatType === ChatType.group ? sql`${address.group}` : [],
  )
  return values.length === 0 ? [] : [{ isGroup: true, where: isAmong(sql`c.group_id`, values) }]
}

const conversationColumns = [
  'c.id',
  'c.low_id',
  'c.high_id',
  'c.group_id',
  'c.last_seq',
  'c.notice_count',
  'c.last_message_time',
] as const

type ConversationRow = Pick<
  Selectable<Database['conversations']>,
  'id' | 'low_id' | 'high_id' | 'group_id' | 'last_seq' | 'notice_count' | 'last_message_time'
>

// Found by the unique key of the pair or the group, so all batches lock in its order.
function lock(db: Db, { where }: Place): CompiledQuery<ConversationRow> {
  return db.selectFrom('conversations as c').select(conversationColumns).where(where).forUpdate().compile()
}

interface MemberRow {
  conversation_id: number
  user_id: number
  read_seq: number
  nickname: string | null
  avatar: string | null
}

function membersOf(db: Db, { isGroup, where }: Place, messages: readonly MessageRecord[]): CompiledQuery<MemberRow> {
  const members = db
    .selectFrom('conversations as c')
    .innerJoin('members as m', 'm.conversation_id', 'c.id')
    .modifyFront(sql`straight_join`)
    .select(['m.conversation_id', 'm.user_id', 'm.read_seq'])
    .where(where)
    .where('m.state', '=', MemberState.active)
  if (!isGroup) return members.select([sql<null>`null`.as('nickname'), sql<null>`null`.as('avatar')]).compile()
  // What a group calls its members is asked of those alone who write.
  const writers = messages.map(({ from_id }) => from_id)
  return members
    .leftJoin('users as u', (join) => join.onRef('u.id', '=', 'm.user_id').on('u.id', 'in', [0, ...new Set(writers)]))
    .select(['u.avatar', sql<string | null>`coalesce(nullif(m.nickname, ''), u.nickname)`.as('nickname')])
    .compile()
}

function conversationsOf({
  conversations,
  members,
}: {
  conversations: readonly ConversationRow[]
  members: readonly MemberRow[]
}): Conversations {
  const byId = new Map<number, Conversation>()
  const byKey = new Map<string, Conversation>()
  for (const { id, low_id, high_id, group_id, last_seq, notice_count, last_message_time } of conversations) {
    const conversation: Conversation = {
      id,
      seq: last_seq,
      noticeCount: notice_count,
      time: last_message_time,
      members: new Map(),
      memberIds: [],
    }
    const address: Address =
      group_id === null ? pairOf(low_id ?? 0, high_id ?? 0) : { chatType: ChatType.group, group: group_id }
    byId.set(id, conversation)
    byKey.set(keyOf(address), conversation)
  }
  for (const { conversation_id, user_id, read_seq, nickname, avatar } of members) {
    const conversation = byId.get(conversation_id)
    conversation?.members.set(user_id, { readSeq: read_seq, nickname: nickname ?? '', avatar: avatar ?? '' })
    conversation?.memberIds.push(user_id)
  }
  return byKey
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

function insert(db: Db, added: readonly Added[]): CompiledQuery[] {
  const messages = db.insertInto('messages').values(added.map(({ row }) => row))
  return [messages.compile(), ends(db, added), sent(db, added)]
}

// An update that joins other tables costs MariaDB up to twice as much as these two.

const endColumns = ['last_seq', 'last_message_id', 'last_message_time', 'content'] as const

// Every conversation exists, so this insert only updates. Texts are read where they are: sent twice, they might not fit a
// packet. `last_insert_id()` is the id of the first of the messages, until this statement gives it another meaning.
function ends(db: Db, added: readonly Added[]): CompiledQuery {
  const ids = new Map(added.map(({ row }, index) => [row.conversation_id, sql<number>`last_insert_id() + ${index}`]))
  const ofPair = (user: 'least' | 'greatest') =>
    sql<number | null>`case when type = ${ChatType.direct} then ${sql.raw(user)}(from_user_id, to_user_id) end`
  return db
    .insertInto('conversations')
    .columns(['id', 'kind', 'low_id', 'high_id', 'group_id', ...endColumns])
    .expression(({ selectFrom }) =>
      selectFrom('messages')
        .select(['conversation_id', 'type'])
        .select([ofPair('least').as('low_id'), ofPair('greatest').as('high_id')])
        .select(sql`case when type = ${ChatType.group} then to_user_id end`.as('group_id'))
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

// What one has written is not unread for oneself: a row for each sender, whoever else is concerned. Nearly every sender
// has sent as many as most others, one: the common count is the `else` branch.
function sent(db: Db, added: readonly Added[]): CompiledQuery {
  const bySender = new Map<string, { sender: RawBuilder<unknown>; count: number }>()
  for (const { row } of added) {
    const key = `${row.conversation_id} ${row.from_user_id}`
    const known = bySender.get(key)
    if (known) known.count += 1
    else bySender.set(key, { sender: sql`(${row.conversation_id}, ${row.from_user_id})`, count: 1 })
  }
  const senders = [...bySender.values()]
  const areMembers = (among: typeof senders) =>
    isAmong(
      sql`(conversation_id, user_id)`,
      among.map(({ sender }) => sender),
    )
  const [[most = 0] = [], ...others] = [...Map.groupBy(senders, ({ count }) => count)].sort(
    ([, some], [, more]) => more.length - some.length,
  )
  const cases = others.map(([count, among]) => sql`when ${areMembers(among)} then ${count}`)
  const count = cases.length === 0 ? most : sql`case ${sql.join(cases, sql` `)} else ${most} end`
  return sql`update members set own_after_read = own_after_read + ${count} where ${areMembers(senders)}`.compile(db)
}
