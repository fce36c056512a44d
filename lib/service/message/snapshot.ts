/** The state of a batch's conversations, read under their locks: ends, members, and the messages stored already. */
import { type CompiledQuery, type RawBuilder, type Selectable, sql } from 'kysely'
import type { Db } from '../../client/mysql.ts'
import { type Address, keyOf } from '../../core/address.ts'
import { type Database, forGood, MemberState, Role } from '../../schema/tables.ts'
import { addressOfRecord, type ChatRecord } from '../../wire/record.ts'
import { addressIn, among } from '../conversation/conversation.ts'
import { isAmong } from '../store/in-list.ts'
import type { RowsOfEach, Statements } from '../store/transaction.ts'
import { type TargetRows, targetReads } from './change.ts'
import * as refused from './refused.ts'
import {
  type Conversations,
  clientKey,
  isStorable,
  type LockedConversation,
  type Repeats,
  type Storable,
} from './resolve.ts'

interface Rows extends TargetRows {
  /** A row for each member of each pair. */
  pairs: ConversationRow & MemberRow
  groups: ConversationRow
  repeats: RepeatRow
  refusals: Selectable<Database['refusals']>
  groupMembers: MemberRow
}

/** The statements that lock and read, in the order of the locks: pairs before groups. */
export function readsOf(db: Db, records: readonly ChatRecord[]): Statements<Rows> {
  const messages = records.filter(isStorable)
  const changes = records.filter((record) => record.kind === 'change')
  const { pairs, groups } = among(addressesAmong(records))
  return {
    pairs: pairs.map((where) => lockPairs(db, where)),
    groups: groups.map((where) => lock(db, where).compile()),
    repeats: messages.length > 0 ? [repeatsAmong(db, messages)] : [],
    refusals: refused.reads(db, messages),
    groupMembers: groups.map((where) => membersOfGroups(db, where, messages)),
    ...targetReads(db, changes),
  }
}

/** The condition on a conversation `c`. */
type Condition = RawBuilder<boolean>

const addressesAmong = (records: readonly ChatRecord[]): Address[] => [
  ...new Map(records.map(addressOfRecord).map((address) => [keyOf(address), address])).values(),
]

const conversationColumns = [
  'c.id as conversation_id',
  'c.low_id',
  'c.high_id',
  'c.group_id',
  'c.last_seq',
  'c.notice_count',
  'c.last_message_time',
] as const

type ConversationRow = Pick<
  Selectable<Database['conversations']>,
  'low_id' | 'high_id' | 'group_id' | 'last_seq' | 'notice_count' | 'last_message_time'
> & { conversation_id: number }

interface MemberRow {
  conversation_id: number
  user_id: number
  read_seq: number
  /** Of senders in groups. */
  nickname?: string | null
  avatar?: string | null
  role?: number
  /** Of members of groups. */
  mute_until?: number
  from_seq?: number
}

// Found by the unique key of pairs or groups, so all batches lock in the order of that key.
const lock = (db: Db, where: Condition) =>
  db.selectFrom('conversations as c').select(conversationColumns).where(where).forUpdate()

// Locks the members' rows, too. Nobody changes those without the conversation's lock, so no one else waits for it.
const lockPairs = (db: Db, where: Condition): CompiledQuery<ConversationRow & MemberRow> =>
  lock(db, where)
    .innerJoin('members as m', 'm.conversation_id', 'c.id')
    .modifyFront(sql`straight_join`)
    .select(['m.user_id', 'm.read_seq'])
    .where('m.state', '=', MemberState.active)
    .compile()

// Only senders need names.
function membersOfGroups(db: Db, where: Condition, messages: readonly Storable[]): CompiledQuery<MemberRow> {
  const senders = messages.map(({ from_id }) => from_id)
  return db
    .selectFrom('conversations as c')
    .innerJoin('groups as g', 'g.id', 'c.group_id')
    .innerJoin('members as m', 'm.conversation_id', 'c.id')
    .leftJoin('users as u', (join) => join.onRef('u.id', '=', 'm.user_id').on('u.id', 'in', [0, ...new Set(senders)]))
    .modifyFront(sql`straight_join`)
    .select(['m.conversation_id', 'm.user_id', 'm.read_seq', 'm.from_seq', 'm.role', 'u.avatar'])
    .select(sql<string | null>`coalesce(nullif(m.nickname, ''), u.nickname)`.as('nickname'))
    .select(
      sql<number>`case when g.muted = 1 and m.role = ${Role.member} then ${forGood} else m.mute_until end`.as(
        'mute_until',
      ),
    )
    .where(where)
    .where('m.state', '=', MemberState.active)
    .compile()
}

/** The conversations by key, from the rows of `readsOf`. A pair that has no member is not among them. */
export function conversationsOf({ pairs, groups, groupMembers }: RowsOfEach<Rows>): Conversations {
  const byId = new Map<number, LockedConversation>()
  const byKey = new Map<string, LockedConversation>()
  for (const row of [...pairs, ...groups]) {
    const { conversation_id: id, last_seq, notice_count, last_message_time } = row
    if (byId.has(id)) continue
    const conversation: LockedConversation = {
      id,
      seq: last_seq,
      noticeCount: notice_count,
      time: last_message_time,
      members: new Map(),
      memberIds: [],
    }
    byId.set(id, conversation)
    byKey.set(keyOf(addressIn(row)), conversation)
  }
  for (const { conversation_id, user_id, read_seq, nickname, avatar, role, mute_until, from_seq } of [
    ...pairs,
    ...groupMembers,
  ]) {
    const conversation = byId.get(conversation_id)
    conversation?.members.set(user_id, {
      readSeq: read_seq,
      nickname: nickname ?? '',
      avatar: avatar ?? '',
      role: role ?? Role.member,
      muteUntil: mute_until ?? 0,
      fromSeq: from_seq ?? 1,
    })
    conversation?.memberIds.push(user_id)
  }
  return byKey
}

const repeatColumns = [
  'id',
  'seq',
  'from_user_id',
  'created_at',
  'record_id',
  'client_msg_id',
  'body_hash',
  'changed_seq',
] as const

type RepeatRow = Pick<Selectable<Database['messages']>, (typeof repeatColumns)[number]>

function repeatsAmong(db: Db, records: readonly Storable[]): CompiledQuery<RepeatRow> {
  const recordIds = records.map(({ record_id }) => sql`${Buffer.from(record_id)}`)
  const withClientId = records.flatMap(({ from_id, client_msg_id }) =>
    client_msg_id === undefined ? [] : [sql`(${from_id}, ${Buffer.from(client_msg_id)})`],
  )
  const among = db.selectFrom('messages').select(repeatColumns)
  const byRecord = among.where(isAmong(sql`record_id`, recordIds))
  const byClient = among.where(isAmong(sql`(from_user_id, client_msg_id)`, withClientId))
  return withClientId.length === 0 ? byRecord.compile() : byRecord.unionAll(byClient).compile()
}

/** What is stored already, from the rows of `readsOf`. */
export function repeatsOf({ repeats: rows }: RowsOfEach<Rows>): Repeats {
  const repeats: Repeats = { byRecord: new Map(), byClient: new Map() }
  for (const row of rows) {
    const { id, seq, created_at: createdAt, body_hash: bodyHash, changed_seq } = row
    const repeat = { id, seq, createdAt, bodyHash, isChanged: changed_seq > 0 }
    repeats.byRecord.set(row.record_id.toString(), repeat)
    if (row.client_msg_id) repeats.byClient.set(clientKey(row.from_user_id, row.client_msg_id), repeat)
  }
  return repeats
}
