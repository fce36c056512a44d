/** Sync: the messages that a device has missed in all of its conversations. */
import { type RawBuilder, sql } from 'kysely'
import type { Clients } from '../../client/clients.ts'
import { addressOf, ChatType, keyOf } from '../../core/address.ts'
import { MemberState } from '../../schema/tables.ts'
import type { StoredMessage, SyncedConversation, SyncRequest } from '../../wire/chat.ts'
import { type AddressRow, addressIn, among } from './conversation.ts'
import { detailed, type MessageRow } from './detail.ts'
import { messageColumns, pageMaxBytes, roomFor, senderColumns, senders } from './page.ts'

const maxMessages = 1_000
/** A request takes one of the budget of reads for each so many conversations that it names, or a part of them. */
const conversationsARead = 20

/** What a request takes from the budget of reads. */
export const costOf = ({ conversations }: Pick<SyncRequest, 'conversations'>): number =>
  Math.max(1, Math.ceil(conversations.length / conversationsARead))

/**
 * The missed messages of each conversation: they follow `after_seq` without holes, and `has_more` says that there are more.
 * A conversation that is named several times is given once, from the lowest of its points. Conversations beyond the limits of
 * one response come without messages, with `has_more`.
 *
 * One statement for the ends of any number of conversations, and one for their messages, if any are missed. Together they cost
 * the database less than one that works out what is missed.
 */
export async function sync(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  { conversations, limit }: SyncRequest,
): Promise<SyncedConversation[]> {
  const places = await placesOf({ db }, caller, merged(conversations))
  const ranges = rangesOf(places, limit)
  const messages = await messagesIn({ db }, caller, ranges)
  const keepFitting = roomFor(pageMaxBytes)
  return places.map(({ asked: { target_id, chat_type }, seen }, place) => {
    const page = keepFitting(messages.get(seen.conversation_id) ?? [])
    const reached = page.at(-1)?.seq ?? ranges[place]?.after ?? 0
    return {
      target_id,
      ...(chat_type === ChatType.group && { chat_type }),
      messages: page,
      last_seq: seen.last_seq,
      // After a membership has ended there are no marks, and all messages count as read by the caller.
      read_seq: seen.read_seq ?? seen.last_seq,
      peer_read_seq: seen.peer_read_seq ?? 0,
      has_more: reached < seen.last_seq,
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

/** What the caller may see of a conversation, and the marks of its active members. */
interface Seen {
  conversation_id: number
  from_seq: number
  last_seq: number
  read_seq: number | null
  /** Null in groups, too. */
  peer_read_seq: number | null
}

const nothing: Seen = { conversation_id: 0, from_seq: 1, last_seq: 0, read_seq: null, peer_read_seq: null }

interface Place {
  asked: SyncRequest['conversations'][number]
  seen: Seen
}

async function placesOf(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  conversations: SyncRequest['conversations'],
): Promise<Place[]> {
  const named = conversations.map((asked) => ({ asked, address: addressOf(asked.chat_type, caller, asked.target_id) }))
  const { pairs, groups } = among(named.map(({ address }) => address))
  const selects = [
    ...pairs.map((where) => selectSeen(caller, where, 'conversations_pair')),
    ...groups.map((where) => selectSeen(caller, where, 'conversations_group')),
  ]
  const { rows } = selects.length === 0 ? { rows: [] } : await sql<Seen & AddressRow>`${unionAll(selects)}`.execute(db)
  const byKey = new Map(rows.map((row) => [keyOf(addressIn(row)), row]))
  return named.map(({ asked, address }) => ({ asked, seen: byKey.get(keyOf(address)) ?? nothing }))
}

// The peer is the other of a pair. In groups it is null, as their low and high id are, and nobody is found. Forces the index,
// because of a small table MariaDB would read all.
const selectSeen = (caller: number, where: RawBuilder<boolean>, index: string): RawBuilder<unknown> => sql`
  select straight_join c.id as conversation_id, c.low_id, c.high_id, c.group_id,
    me.from_seq, coalesce(me.until_seq, c.last_seq) as last_seq,
    case when me.state = ${MemberState.active} then me.read_seq end as read_seq,
    case when peer.state = ${MemberState.active} then peer.read_seq end as peer_read_seq
  from conversations as c force index (${sql.id(index)})
  join members as me on me.conversation_id = c.id and me.user_id = ${caller}
  left join members as peer on peer.conversation_id = c.id and peer.user_id = c.low_id + c.high_id - ${caller}
  where ${where}`

const unionAll = (selects: readonly RawBuilder<unknown>[]): RawBuilder<unknown> => sql.join(selects, sql` union all `)

/** The seqs that follow `after`, up to `upTo`; none if these are equal. */
interface Range {
  conversationId: number
  isGroup: boolean
  after: number
  upTo: number
  /** What the caller sees ends there. */
  lastSeq: number
}

/** The next `limit` messages of each conversation, in the order of the request, at most `maxMessages` in all. */
function rangesOf(places: readonly Place[], limit: number): Range[] {
  let left = maxMessages
  return places.map(({ asked, seen }) => {
    const after = Math.max(asked.after_seq, seen.from_seq - 1)
    // Seqs have no holes, so their number is that of the messages.
    const missed = Math.max(0, Math.min(seen.last_seq - after, limit, left))
    left -= missed
    const isGroup = asked.chat_type === ChatType.group
    const lastSeq = seen.read_seq === null ? seen.last_seq : Number.POSITIVE_INFINITY
    return { conversationId: seen.conversation_id, isGroup, after, upTo: after + missed, lastSeq }
  })
}

/** The messages of all ranges by conversation, in order. */
async function messagesIn(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  ranges: readonly Range[],
): Promise<Map<number, StoredMessage[]>> {
  const missed = ranges.filter(({ after, upTo }) => after < upTo)
  if (missed.length === 0) return new Map()
  const wanted = missed.map(
    ({ conversationId, after, upTo }) =>
      sql`m.conversation_id = ${conversationId} and m.seq between ${after + 1} and ${upTo}`,
  )
  const hasGroups = missed.some(({ isGroup }) => isGroup)
  const { rows } = await sql<MessageRow>`
    select ${sql.join(messageColumns.map((column) => sql.ref(column)))}
      ${hasGroups ? sql`, ${senderColumns}` : sql``}
    from messages as m force index (messages_seq) ${hasGroups ? senders : sql``}
    where ${sql.join(wanted, sql` or `)}`.execute(db)
  // Sorted here, because the database would first copy the rows with their texts to a table on disk.
  const sorted = rows.sort((one, other) => one.seq - other.seq)
  const lastSeqs = new Map(missed.map(({ conversationId, lastSeq }) => [conversationId, lastSeq]))
  const messages = await detailed({ db }, caller, sorted, (id) => lastSeqs.get(id) ?? 0)
  const byConversation = new Map<number, StoredMessage[]>()
  sorted.forEach(({ conversation_id }, index) => {
    const message = messages[index]
    if (!message) return
    const known = byConversation.get(conversation_id)
    if (known) known.push(message)
    else byConversation.set(conversation_id, [message])
  })
  return byConversation
}
