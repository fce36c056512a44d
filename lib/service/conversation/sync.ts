/** Sync: the messages that a device has missed in all of its conversations. */
import { type RawBuilder, sql } from 'kysely'
import type { Clients } from '../../client/clients.ts'
import { addressOf, ChatType } from '../../core/address.ts'
import { MemberState } from '../../schema/tables.ts'
import type { StoredMessage, SyncedConversation, SyncRequest } from '../../wire/chat.ts'
import { messageColumns, pageMaxBytes, roomFor } from './page.ts'

const maxMessages = 1_000
/** A request takes one of the budget of reads for each so many conversations that it names, or a part of them. */
const conversationsARead = 20

/** What a request takes from the budget of reads. */
export const costOf = ({ conversations }: Pick<SyncRequest, 'conversations'>): number =>
  Math.max(1, Math.ceil(conversations.length / conversationsARead))

/**
 * The missed messages of each conversation: they follow `after_seq` without holes, and `has_more` says that there are more.
 * A conversation that is named several times is given once, from the lowest of its points. Conversations beyond the limits of one response come without messages, with `has_more`. One statement for any number of
 * conversations.
 */
export async function sync(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  { conversations, limit }: SyncRequest,
): Promise<SyncedConversation[]> {
  const asked = merged(conversations)
  const rows = asked.length === 0 ? [] : await missedRows({ db }, caller, asked, limit)
  const byPlace = Map.groupBy(rows, ({ place }) => place)
  const keepFitting = roomFor(pageMaxBytes)
  return asked.map(({ target_id, chat_type, after_seq }, place) => {
    const found = byPlace.get(place) ?? []
    const messages = keepFitting(messagesIn(found))
    // After a membership has ended there are no marks, and all messages count as read by the caller.
    const { last_seq = 0, read_seq, peer_read_seq } = found[0] ?? {}
    const reached = messages.at(-1)?.seq ?? after_seq
    return {
      target_id,
      ...(chat_type === ChatType.group && { chat_type }),
      messages,
      last_seq,
      read_seq: read_seq ?? last_seq,
      peer_read_seq: peer_read_seq ?? 0,
      has_more: reached < last_seq,
    }
  })
}

/** Each conversation once, where it is named first, with the lowest of its points. */
function merged(conversations: SyncRequest['conversations']): SyncRequest['conversations'] {
  const byTarget = new Map<string, SyncRequest['conversations'][number]>()
  for (const one of conversations) {
    const key = `${one.chat_type}:${one.target_id}`
    const known = byTarget.get(key)
    if (!known || one.after_seq < known.after_seq) byTarget.set(key, one)
  }
  return [...byTarget.values()]
}

/** A missed message with the state of its conversation; the state alone when nothing is missed. */
type MissedRow = { place: number; last_seq: number; read_seq: number | null; peer_read_seq: number | null } & (
  | StoredMessage
  | { [Column in keyof StoredMessage]: null }
)

/**
 * The next `limit` messages of each conversation, in the order of the request, at most `maxMessages` in all.
 *
 * Seqs have no holes, so the number of missed messages follows from the range that the caller may see, and each message is
 * looked up by its seq. A range that depends on another table would make the database read the conversation from its start.
 */
async function missedRows(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  conversations: SyncRequest['conversations'],
  limit: number,
): Promise<MissedRow[]> {
  const asked = askedOf(caller, conversations)
  const missed = sql`greatest(least(last_seq, after_seq + ${limit}), after_seq) - after_seq`
  const { rows } = await sql<MissedRow>`with recursive
    ${sql.join(asked.map(({ table, rows }) => sql`${table} as (${union(rows)})`))},
    seen as (${union(asked.map(({ states }) => states))}),
    state as (
      select place, after_seq, conversation_id, last_seq, read_seq, peer_read_seq,
        ${missed} as missed, sum(${missed}) over (order by place) as missed_so_far
      from seen
    ),
    wanted (place, last_seq, read_seq, peer_read_seq, conversation_id, seq, last_wanted) as (
      select place, last_seq, read_seq, peer_read_seq, conversation_id, after_seq + 1,
        after_seq + missed - greatest(missed_so_far - ${maxMessages}, 0)
      from state
      union all
      select place, last_seq, read_seq, peer_read_seq, conversation_id, seq + 1, last_wanted
      from wanted where seq < last_wanted
    )
    select straight_join wanted.place, wanted.last_seq, wanted.read_seq, wanted.peer_read_seq,
      ${sql.join(messageColumns.map((column) => sql.ref(column)))}
    from wanted
    left join messages as m
      on m.conversation_id = wanted.conversation_id and m.seq = wanted.seq and wanted.seq <= wanted.last_wanted`.execute(
    db,
  )
  return rows
}

const union = (selects: readonly RawBuilder<unknown>[]): RawBuilder<unknown> => sql.join(selects, sql` union all `)

/** The conversations that are asked for, of each kind that is: their table, its rows, and what selects their states. */
function askedOf(caller: number, conversations: SyncRequest['conversations']) {
  const pairs: RawBuilder<unknown>[] = []
  const groups: RawBuilder<unknown>[] = []
  conversations.forEach(({ target_id, chat_type, after_seq }, place) => {
    const address = addressOf(chat_type, caller, target_id)
    if (address.chatType === ChatType.group) groups.push(sql`select ${place}, ${after_seq}, ${address.group}`)
    else pairs.push(sql`select ${place}, ${after_seq}, ${address.low}, ${address.high}, ${target_id}`)
  })
  const seen = sql`
    select straight_join asked.place, greatest(asked.after_seq, me.from_seq - 1) as after_seq, c.id as conversation_id,
      coalesce(me.until_seq, c.last_seq) as last_seq, case when me.state = ${MemberState.active} then me.read_seq end as read_seq`
  const mine = sql`join members as me on me.conversation_id = c.id and me.user_id = ${caller}`
  return [
    {
      rows: pairs,
      table: sql`asked_pairs (place, after_seq, low_id, high_id, peer_id)`,
      states: sql`${seen}, case when peer.state = ${MemberState.active} then peer.read_seq end as peer_read_seq
        from asked_pairs as asked
        join conversations as c on c.low_id = asked.low_id and c.high_id = asked.high_id ${mine}
        left join members as peer on peer.conversation_id = c.id and peer.user_id = asked.peer_id`,
    },
    {
      rows: groups,
      table: sql`asked_groups (place, after_seq, group_id)`,
      // Null in the type of a pair's column: by a bare null, MariaDB makes decimals of both, which are read as texts.
      states: sql`${seen}, case when false then me.read_seq end as peer_read_seq
        from asked_groups as asked join conversations as c on c.group_id = asked.group_id ${mine}`,
    },
  ].filter(({ rows }) => rows.length > 0)
}

// Sorted here, because the database would first copy the rows with their texts to a table on disk.
const messagesIn = (rows: readonly MissedRow[]): StoredMessage[] =>
  rows
    .filter((row) => row.id !== null)
    .map(({ place: _place, last_seq: _end, read_seq: _mine, peer_read_seq: _theirs, ...message }) => message)
    .sort((one, other) => one.seq - other.seq)
