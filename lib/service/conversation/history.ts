/** Stored messages, as both sides of a conversation read them. */
import { sql } from 'kysely'
import type { Db } from '../../client/mysql.ts'
import { pairOf } from '../../core/conversation.ts'
import { RelationType } from '../../schema/tables.ts'
import type { HistoryQuery, StoredMessage, SyncedConversation, SyncRequest } from '../../wire/chat.ts'
import { Page } from '../../wire/page.ts'

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

// What one answer may hold: below the 6 MB that a function may return, and a bound on what is read for it.
const pageMaxBytes = 4 * 1024 * 1024
const syncMaxMessages = 1_000

/**
 * A page of the messages between the caller and another user, oldest first; none when they have never spoken. It ends
 * where `limit` or the bytes of one answer do; the next page goes on in the same direction.
 */
export async function history(
  { db }: { db: Db },
  caller: number,
  { target_id, before_seq, after_seq, limit }: HistoryQuery,
): Promise<Page<StoredMessage>> {
  const { low, high } = pairOf(caller, target_id)
  const messages = db
    .selectFrom('conversations as c')
    .innerJoin('messages as m', 'm.conversation_id', 'c.id')
    .select(shown)
    .select('c.last_seq')
    .where('c.low_id', '=', low)
    .where('c.high_id', '=', high)
    .limit(limit)
  const isForward = after_seq !== undefined
  const wanted = isForward
    ? messages.where('m.seq', '>', after_seq).orderBy('m.seq')
    : messages.where('m.seq', '<', before_seq ?? Number.MAX_SAFE_INTEGER).orderBy('m.seq', 'desc')
  const rows = roomFor(pageMaxBytes)(await wanted.execute())
  const items = rows.map(({ last_seq: _end, ...message }) => message)
  const last = rows.at(-1)
  if (isForward) return new Page(items, last && last.seq < last.last_seq ? { after_seq: last.seq } : undefined)
  return new Page(items.reverse(), last && last.seq > 1 ? { before_seq: last.seq } : undefined)
}

/**
 * What a device has missed in each of its conversations, as complete pages: what is given follows `after_seq` without
 * holes, and `has_more` says that more follows. Conversations past the bounds of one answer are given empty, with
 * `has_more`. One statement, however many conversations.
 */
export async function sync(
  { db }: { db: Db },
  caller: number,
  { conversations: asked, limit }: SyncRequest,
): Promise<SyncedConversation[]> {
  const rows = asked.length === 0 ? [] : await missedRows(db, caller, asked, limit)
  const byPlace = Map.groupBy(rows, ({ place }) => place)
  const fitting = roomFor(pageMaxBytes)
  return asked.map(({ target_id, after_seq }, place) => {
    const found = byPlace.get(place) ?? []
    const messages = fitting(messagesIn(found))
    // Where a friendship has ended there are no marks: all that was said counts as read by the caller.
    const { last_seq = 0, read_seq, peer_read_seq } = found[0] ?? {}
    const reached = messages.at(-1)?.seq ?? after_seq
    return {
      target_id,
      messages,
      last_seq,
      read_seq: read_seq ?? last_seq,
      peer_read_seq: peer_read_seq ?? 0,
      has_more: reached < last_seq,
    }
  })
}

/** A missed message with the state of its conversation, which is alone where nothing is missed. */
type MissedRow = { place: number; last_seq: number; read_seq: number | null; peer_read_seq: number | null } & (
  | StoredMessage
  | { [Column in keyof StoredMessage]: null }
)

/**
 * The next `limit` messages of each conversation, by its place in what was asked, until `syncMaxMessages` are together.
 *
 * Numbers have no holes, so how many are missed is known from the conversation's end, and each message is looked up by
 * its number: as a range that depends on another table, the database would read the conversation from its beginning.
 */
async function missedRows(
  db: Db,
  caller: number,
  conversations: SyncRequest['conversations'],
  limit: number,
): Promise<MissedRow[]> {
  const asked = conversations.map(({ target_id, after_seq }, place) => {
    const { low, high } = pairOf(caller, target_id)
    return sql`select ${place}, ${target_id}, ${after_seq}, ${low}, ${high}`
  })
  const missed = sql`greatest(least(c.last_seq, asked.after_seq + ${limit}), asked.after_seq) - asked.after_seq`
  const { rows } = await sql<MissedRow>`with recursive
    asked (place, target_id, after_seq, low_id, high_id) as (${sql.join(asked, sql` union all `)}),
    state as (
      select straight_join asked.place, asked.after_seq, c.id as conversation_id, c.last_seq,
        mine.last_read_seq as read_seq, theirs.last_read_seq as peer_read_seq,
        ${missed} as missed, sum(${missed}) over (order by asked.place) as missed_so_far
      from asked
      join conversations as c on c.low_id = asked.low_id and c.high_id = asked.high_id
      left join relations as mine
        on mine.owner_id = ${caller} and mine.target_id = asked.target_id and mine.type = ${RelationType.friend}
      left join relations as theirs
        on theirs.owner_id = asked.target_id and theirs.target_id = ${caller} and theirs.type = ${RelationType.friend}
    ),
    wanted (place, last_seq, read_seq, peer_read_seq, conversation_id, seq, last_wanted) as (
      select place, last_seq, read_seq, peer_read_seq, conversation_id, after_seq + 1,
        after_seq + missed - greatest(missed_so_far - ${syncMaxMessages}, 0)
      from state
      union all
      select place, last_seq, read_seq, peer_read_seq, conversation_id, seq + 1, last_wanted
      from wanted where seq < last_wanted
    )
    select straight_join wanted.place, wanted.last_seq, wanted.read_seq, wanted.peer_read_seq,
      ${sql.join(shown.map((column) => sql.ref(column)))}
    from wanted
    left join messages as m
      on m.conversation_id = wanted.conversation_id and m.seq = wanted.seq and wanted.seq <= wanted.last_wanted`.execute(
    db,
  )
  return rows
}

// Sorted here: the database would copy rows with texts into a table on disk first.
const messagesIn = (rows: readonly MissedRow[]): StoredMessage[] =>
  rows
    .filter((row) => row.id !== null)
    .map(({ place: _place, last_seq: _end, read_seq: _mine, peer_read_seq: _theirs, ...message }) => message)
    .sort((one, other) => one.seq - other.seq)

/** A function that takes the first of the messages it is given, while all that it ever took fit into `bytes`. */
function roomFor(bytes: number) {
  let left = bytes
  return <T extends StoredMessage>(messages: readonly T[]): T[] => {
    const end = messages.findIndex((message) => {
      left -= bytesOf(message)
      return left < 0
    })
    return end === -1 ? [...messages] : messages.slice(0, end)
  }
}

// What a message takes in the answer: its text as JSON, and the fields around it.
const bytesOf = ({ content }: StoredMessage): number => Buffer.byteLength(JSON.stringify(content)) + 200
