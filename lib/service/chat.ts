/** Stored messages, as both sides of a conversation read them. */
import { sql } from 'kysely'
import type { Db } from '../client/mysql.ts'
import { pairOf } from '../core/conversation.ts'
import { RelationType } from '../schema/tables.ts'
import type { HistoryQuery, StoredMessage, SyncedConversation, SyncRequest } from '../wire/chat.ts'

/** What a stored message shows of its row: the columns of `StoredMessage`. */
const shown = [
  'm.id',
  'm.seq',
  'm.from_user_id',
  'm.to_user_id',
  'm.content',
  'm.type',
  'm.media',
  'm.created_at',
] as const

/** A page of the messages between the caller and another user, oldest first; none when they have never spoken. */
export async function history(
  { db }: { db: Db },
  caller: number,
  { target_id, before_seq, after_seq, limit }: HistoryQuery,
): Promise<StoredMessage[]> {
  const { low, high } = pairOf(caller, target_id)
  const messages = db
    .selectFrom('conversations as c')
    .innerJoin('messages as m', 'm.conversation_id', 'c.id')
    .select(shown)
    .where('c.low_id', '=', low)
    .where('c.high_id', '=', high)
    .limit(limit)
  if (after_seq !== undefined) return await messages.where('m.seq', '>', after_seq).orderBy('m.seq').execute()
  const earlier = before_seq === undefined ? messages : messages.where('m.seq', '<', before_seq)
  return (await earlier.orderBy('m.seq', 'desc').execute()).reverse()
}

// What one answer may hold: below the 6 MB that a function may return, and a bound on what is read for it.
const syncMaxBytes = 4 * 1024 * 1024
const syncMaxMessages = 1_000

/**
 * What a device has missed in each of its conversations, as complete pages: what is given follows `after_seq` without
 * holes, and `has_more` says that more follows. Conversations past the bounds of one answer are given empty, with
 * `has_more`.
 */
export async function sync(
  { db }: { db: Db },
  caller: number,
  { conversations: asked, limit }: SyncRequest,
): Promise<SyncedConversation[]> {
  const states = await statesOf(
    db,
    caller,
    asked.map(({ target_id }) => target_id),
  )
  let messagesLeft = syncMaxMessages
  const ranges = asked.map(({ target_id, after_seq }): Range => {
    const state = states.get(target_id)
    const missing = state ? Math.min(state.last_seq - after_seq, limit, messagesLeft) : 0
    messagesLeft -= Math.max(missing, 0)
    return { conversationId: state?.id ?? 0, from: after_seq + 1, to: after_seq + missing }
  })
  const found = await messagesIn(db, ranges)
  let bytesLeft = syncMaxBytes
  return asked.map(({ target_id, after_seq }, index) => {
    const { last_seq = 0, read_seq = 0, peer_read_seq = 0 } = states.get(target_id) ?? {}
    const messages = takeWhile(found(ranges[index]), (message) => {
      bytesLeft -= bytesOf(message)
      return bytesLeft >= 0
    })
    const reached = messages.at(-1)?.seq ?? after_seq
    return { target_id, messages, last_seq, read_seq, peer_read_seq, has_more: reached < last_seq }
  })
}

interface State {
  id: number
  last_seq: number
  read_seq: number
  peer_read_seq: number
}

// Where a friendship has ended there are no marks: all that was said counts as read by the caller.
async function statesOf(db: Db, caller: number, targets: readonly number[]): Promise<Map<number, State>> {
  if (targets.length === 0) return new Map()
  const pairs = targets.map((target) => pairOf(caller, target))
  const peer = sql<number>`case when c.low_id = ${caller} then c.high_id else c.low_id end`
  const rows = await db
    .selectFrom('conversations as c')
    .leftJoin('relations as mine', (join) =>
      join.on('mine.owner_id', '=', caller).on('mine.target_id', '=', peer).on('mine.type', '=', RelationType.friend),
    )
    .leftJoin('relations as theirs', (join) =>
      join
        .on('theirs.owner_id', '=', peer)
        .on('theirs.target_id', '=', caller)
        .on('theirs.type', '=', RelationType.friend),
    )
    .select(['c.id', 'c.last_seq', 'mine.last_read_seq as read_seq', 'theirs.last_read_seq as peer_read_seq'])
    .select(peer.as('target_id'))
    .where(sql<boolean>`(c.low_id, c.high_id) in (${sql.join(pairs.map(({ low, high }) => sql`(${low}, ${high})`))})`)
    .execute()
  return new Map(
    rows.map(({ target_id, id, last_seq, read_seq, peer_read_seq }) => [
      target_id,
      { id, last_seq, read_seq: read_seq ?? last_seq, peer_read_seq: peer_read_seq ?? 0 },
    ]),
  )
}

/** Numbers of one conversation, both ends included; empty when `to` is below `from`. */
interface Range {
  conversationId: number
  from: number
  to: number
}

// Numbers have no holes, so a page is a range of them, and all pages are one statement.
async function messagesIn(db: Db, ranges: readonly Range[]): Promise<(range: Range | undefined) => StoredMessage[]> {
  const wanted = ranges.filter(({ from, to }) => to >= from)
  const rows =
    wanted.length === 0
      ? []
      : await db
          .selectFrom('messages as m')
          .select(shown)
          .select('m.conversation_id')
          .where(({ or, and, eb, between }) =>
            or(
              wanted.map(({ conversationId, from, to }) =>
                and([eb('m.conversation_id', '=', conversationId), between('m.seq', from, to)]),
              ),
            ),
          )
          .orderBy('m.conversation_id')
          .orderBy('m.seq')
          .execute()
  const byConversation = Map.groupBy(rows, ({ conversation_id }) => conversation_id)
  return (range) =>
    (range ? (byConversation.get(range.conversationId) ?? []) : [])
      .filter(({ seq }) => range && seq >= range.from && seq <= range.to)
      .map(({ conversation_id: _own, ...message }) => message)
}

// What a message takes in the answer: its text as JSON, and the fields around it.
const bytesOf = ({ content }: StoredMessage): number => Buffer.byteLength(JSON.stringify(content)) + 200

function takeWhile<T>(items: readonly T[], isWanted: (item: T) => boolean): T[] {
  const end = items.findIndex((item) => !isWanted(item))
  return end === -1 ? [...items] : items.slice(0, end)
}
