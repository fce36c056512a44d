/**
 * Search in the messages that the caller may see.
 *
 * No index of words is kept for it: a search reads messages themselves, a bounded number of them at a time, and goes on where
 * it stopped. Seqs have no holes, so what it reads is known from the conversations' rows before any message is read.
 */
import { sql } from 'kysely'
import type { Clients } from '../../client/clients.ts'
import { type Address, addressOf, ChatType } from '../../core/address.ts'
import { MessageKind, textMedia } from '../../schema/tables.ts'
import type { SearchQuery, StoredMessage } from '../../wire/chat.ts'
import { Page } from '../../wire/page.ts'
import { isAt } from './conversation.ts'
import { detailed, type MessageRow } from './detail.ts'
import { messageColumns, pageMaxBytes, roomFor, senderColumns, senders } from './page.ts'

/** What a page takes from the budget of reads. */
export const pageCost = 10

export const bounds = {
  /** Messages, and stretches of conversations, that one statement looks at. */
  messagesAStep: 2_000,
  stretchesAStep: 100,
  /** A page ends after so many statements, or after this time, or with so many hits. */
  stepsAPage: 10,
  pageMs: 500,
  hitsAPage: 50,
  /** Of each conversation, when all are looked through: its latest messages. */
  depth: 1_000,
}
type Bounds = typeof bounds

/**
 * A page of the messages that hold a text: those of one conversation, the newest first; or those of all of the caller's, the last
 * spoken in first, and in each the newest first. It may be empty, and still be followed by another one.
 *
 * All pages together hold each such message that was there when the first was asked for: a conversation in which something is
 * said meanwhile is looked through again after the others.
 */
export async function search(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  { q, target_id, chat_type = ChatType.direct, cursor }: SearchQuery,
  { depth, pageMs, hitsAPage, ...rest }: Bounds = bounds,
): Promise<Page<StoredMessage>> {
  const until = Date.now() + pageMs
  const address = target_id === undefined ? undefined : addressOf(chat_type, caller, target_id)
  const { since, stretches } = following(await placesOf({ db }, caller, address), cursor, address ? Infinity : depth)
  const hits: Hit[] = []
  let reached: Stretch | undefined
  for (const step of stepsOf(stretches, rest)) {
    hits.push(...(await hitsIn({ db }, step, q)))
    reached = step.at(-1)
    if (hits.length > hitsAPage || Date.now() >= until) break
  }
  const items = roomFor(pageMaxBytes)(await messagesOf({ db }, caller, hits.slice(0, hitsAPage)))
  const last = items.length < hits.length ? hits[items.length - 1] : undefined
  if (last) return new Page(items, { cursor: cursorAt(since, last.place, last.seq) })
  const end = stretches.at(-1)
  if (!reached || (reached.place === end?.place && reached.first === end.first)) return new Page(items)
  return new Page(items, { cursor: cursorAt(since, reached.place, reached.first) })
}

/** What the caller may see of a conversation, and where it comes among the others. */
interface Place {
  id: number
  isGroup: boolean
  /** Its first and last seq. */
  from: number
  upTo: number
  hasLeft: boolean
  /** When it was spoken in, milliseconds; those that the caller has left come after the others. */
  rank: number
}

const left = 1
/** Of those that were looked through, but have been spoken in since then. */
const again = 0

async function placesOf({ db }: Pick<Clients, 'db'>, caller: number, address?: Address): Promise<Place[]> {
  const all = db
    .selectFrom('members as me')
    .innerJoin('conversations as c', 'c.id', 'me.conversation_id')
    .select(['c.id', 'c.kind', 'c.last_seq', 'c.last_message_time', 'me.from_seq', 'me.until_seq'])
    .where('me.user_id', '=', caller)
  // Begins with the caller's rows: because of a small table MariaDB would read all.
  const rows = await (address ? all.where(isAt(address)) : all.modifyFront(sql`straight_join`)).execute()
  return rows.map(({ id, kind, last_seq, last_message_time, from_seq, until_seq }) => ({
    id,
    isGroup: kind === ChatType.group,
    from: from_seq,
    upTo: until_seq ?? last_seq,
    hasLeft: until_seq !== null,
    // What is said there after the caller has left is nothing to go by.
    rank: until_seq === null ? last_message_time : left,
  }))
}

/** The seqs from `first` to `last` of a conversation. */
interface Stretch {
  place: Place
  first: number
  last: number
}

/** A cursor: when the newest message was written as the search began, and the conversation and the seq that it has come to. */
const cursorAt = (since: number, { rank, id }: Place, seq: number): string => [since, rank, id, seq].join('-')

/** What is left to look through, in its order: of each conversation at most its latest `depth` messages. */
function following(places: readonly Place[], cursor: string | undefined, depth: number) {
  const newest = Math.max(0, ...places.map(({ rank }) => rank))
  const [since = newest, rank = Infinity, id = 0, seq = 0] = cursor?.split('-').map(Number) ?? []
  // The one that the search has come to stays where it was.
  const rankNow = (place: Place) => (place.id === id ? rank : place.rank > since ? again : place.rank)
  const stretches = places
    .map((place) => ({ ...place, rank: rankNow(place) }))
    .filter((place) => place.rank < rank || (place.rank === rank && place.id >= id))
    .sort((one, other) => other.rank - one.rank || one.id - other.id)
    .map((place) => ({
      place,
      first: Math.max(place.from, place.upTo - depth + 1),
      last: place.id === id ? Math.min(place.upTo, seq - 1) : place.upTo,
    }))
    .filter(({ first, last }) => first <= last)
  return { since, stretches }
}

/** The same, from the newest message on, in pieces for one statement each. */
function stepsOf(
  stretches: readonly Stretch[],
  { messagesAStep, stretchesAStep, stepsAPage }: Pick<Bounds, 'messagesAStep' | 'stretchesAStep' | 'stepsAPage'>,
): Stretch[][] {
  const steps: Stretch[][] = [[]]
  let room = messagesAStep
  for (const { place, first: earliest, last: latest } of stretches) {
    for (let last = latest; last >= earliest; ) {
      if (room === 0 || steps.at(-1)?.length === stretchesAStep) {
        if (steps.length === stepsAPage) return steps
        steps.push([])
        room = messagesAStep
      }
      const first = Math.max(earliest, last - room + 1)
      steps.at(-1)?.push({ place, first, last })
      room -= last - first + 1
      last = first - 1
    }
  }
  return steps
}

interface Hit {
  id: number
  seq: number
  place: Place
}

/**
 * The messages that hold the text, in the order of the step. What has an address for a content holds none; notices are said by nobody, and
 * changes say nothing. What was written into a message after the caller left is not looked at.
 */
async function hitsIn({ db }: Pick<Clients, 'db'>, step: readonly Stretch[], text: string): Promise<Hit[]> {
  if (step.length === 0) return []
  const places = new Map(step.map(({ place }, index) => [place.id, { place, index }]))
  const ranges = step.map(
    ({ place, first, last }) =>
      sql`(m.conversation_id = ${place.id} and m.seq between ${first} and ${last} and m.edited_seq <= ${place.upTo})`,
  )
  const { rows } = await sql<{ id: number; seq: number; conversation_id: number }>`
    select m.id, m.seq, m.conversation_id
    from messages as m force index (messages_seq)
    where (${sql.join(ranges, sql` or `)}) and m.from_user_id <> 0 and m.media = ${textMedia}
      and m.kind = ${MessageKind.said} and m.recalled = 0
      and locate(lower(${text}), lower(m.content)) > 0`.execute(db)
  return rows
    .flatMap(({ conversation_id, ...hit }) => {
      const found = places.get(conversation_id)
      return found ? { ...hit, ...found } : []
    })
    .sort((one, other) => one.index - other.index || other.seq - one.seq)
}

/** The messages of hits, in their order. */
async function messagesOf(
  clients: Pick<Clients, 'db'>,
  caller: number,
  hits: readonly Hit[],
): Promise<StoredMessage[]> {
  const found = await Promise.all([false, true].map((isGroup) => messagesIn(clients, hits, isGroup)))
  const ends = new Map(hits.map(({ place }) => [place.id, place.hasLeft ? place.upTo : Infinity]))
  const rows = await detailed(clients, caller, found.flat(), (id) => ends.get(id) ?? 0)
  const byId = new Map(rows.map((row) => [row.id, row]))
  return hits.flatMap(({ id }) => byId.get(id) ?? [])
}

async function messagesIn({ db }: Pick<Clients, 'db'>, hits: readonly Hit[], isGroup: boolean): Promise<MessageRow[]> {
  const ids = hits.filter(({ place }) => place.isGroup === isGroup).map(({ id }) => id)
  if (ids.length === 0) return []
  const { rows } = await sql<MessageRow>`
    select ${sql.join(messageColumns.map((column) => sql.ref(column)))} ${isGroup ? sql`, ${senderColumns}` : sql``}
    from messages as m force index (primary) ${isGroup ? senders : sql``}
    where m.id in (${sql.join(ids)})`.execute(db)
  return rows
}
