/**
 * The export of what the service has of a user: all that the user may see anyway, in one place. No hashes, no keys, nothing that
 * others keep for themselves: not their email or phone, nor whether they have blocked the user.
 */
import type { Clients } from '../../client/clients.ts'
import { ChatType } from '../../core/address.ts'
import { MemberState, RelationType, RequestStatus } from '../../schema/tables.ts'
import type { StoredMessage } from '../../wire/chat.ts'
import { type ExportEntry, type ExportPart, type ExportQuery, exportParts } from '../../wire/export.ts'
import { Page, pageLength } from '../../wire/page.ts'
import { detailed } from '../conversation/detail.ts'
import { messageColumns, pageMaxBytes, roomFor } from '../conversation/page.ts'

/** What a page takes from the budget of reads. */
export const pageCost = 10
const messagesAPage = 500
const conversationsAPage = 20

type Db = Pick<Clients, 'db'>

/** A page of one part; `next` is where the part goes on. */
interface Piece {
  entries: ExportEntry[]
  next?: readonly number[] | undefined
}

const pieces: Record<ExportPart, (clients: Db, caller: number, from: readonly number[]) => Promise<Piece>> = {
  profile,
  sessions,
  friends: (clients, caller, from) => contacts(clients, caller, from, RelationType.friend),
  blocks: (clients, caller, from) => contacts(clients, caller, from, RelationType.blocked),
  sent: (clients, caller, from) => requests(clients, caller, from, 'sender_id'),
  received: (clients, caller, from) => requests(clients, caller, from, 'receiver_id'),
  groupRequests,
  files,
  conversations,
  messages,
}

/** A page of the export: of one part each, in the order of `exportParts`, bounded in bytes. */
export async function page(
  clients: Db,
  caller: number,
  { cursor = 'profile' }: ExportQuery,
): Promise<Page<ExportEntry>> {
  const [name, ...from] = cursor.split('-')
  const part = exportParts.find((one) => one === name) ?? 'profile'
  const { entries, next } = await pieces[part](clients, caller, from.map(Number))
  const following = next ? [part, ...next].join('-') : exportParts[exportParts.indexOf(part) + 1]
  return new Page(entries, following === undefined ? undefined : { cursor: following })
}

/** Rows of one table by their ids, as entries. */
function pieceOf<Row extends { place: number }>(rows: readonly Row[], entryOf: (row: Row) => ExportEntry): Piece {
  const last = rows.length === pageLength ? rows.at(-1)?.place : undefined
  return { entries: rows.map(entryOf), next: last === undefined ? undefined : [last] }
}

async function profile({ db }: Db, caller: number): Promise<Piece> {
  const user = await db
    .selectFrom('users')
    .select(['id', 'username', 'nickname', 'avatar', 'email', 'phone', 'created_at'])
    .where('id', '=', caller)
    .executeTakeFirstOrThrow()
  return { entries: [{ kind: 'profile', ...user }] }
}

async function sessions({ db }: Db, caller: number, [after = 0]: readonly number[]): Promise<Piece> {
  const rows = await db
    .selectFrom('open_sessions')
    .select(['id as place', 'device', 'address', 'created_at', 'expires_at'])
    .where('user_id', '=', caller)
    .where('id', '>', after)
    .orderBy('id')
    .limit(pageLength)
    .execute()
  return pieceOf(rows, ({ place: _place, ...session }) => ({ kind: 'session', ...session }))
}

async function contacts({ db }: Db, caller: number, [after = 0]: readonly number[], type: number): Promise<Piece> {
  const rows = await db
    .selectFrom('relations as r')
    .innerJoin('users as u', 'u.id', 'r.target_id')
    .select(['r.id as place', 'r.target_id as user_id', 'u.username', 'u.nickname', 'r.desc', 'r.created_at'])
    .where('r.owner_id', '=', caller)
    .where('r.type', '=', type)
    .where('r.id', '>', after)
    .orderBy('r.id')
    .limit(pageLength)
    .execute()
  return pieceOf(rows, ({ place: _place, nickname, desc, ...known }) =>
    type === RelationType.friend ? { kind: 'friend', ...known, nickname, desc } : { kind: 'block', ...known },
  )
}

/** Requests to the user that were never shown are left out, and to their senders they wait like any other. */
async function requests(
  { db }: Db,
  caller: number,
  [after = 0]: readonly number[],
  own: 'sender_id' | 'receiver_id',
): Promise<Piece> {
  const isSent = own === 'sender_id'
  const other = isSent ? 'receiver_id' : 'sender_id'
  const rows = await db
    .selectFrom('friend_requests as q')
    .innerJoin('users as u', 'u.id', `q.${other}`)
    .select(['q.id as place', `q.${other} as user_id`, 'u.username', 'q.remark', 'q.waiting', 'q.created_at'])
    .where(`q.${own}`, '=', caller)
    .$if(!isSent, (query) => query.where('q.status', '<>', RequestStatus.unseen))
    .where('q.id', '>', after)
    .orderBy('q.id')
    .limit(pageLength)
    .execute()
  const kind = isSent ? 'request_sent' : 'request_received'
  return pieceOf(rows, ({ place: _place, waiting, ...request }) => ({ kind, ...request, waiting: waiting === 1 }))
}

async function groupRequests({ db }: Db, caller: number, [after = 0]: readonly number[]): Promise<Piece> {
  const rows = await db
    .selectFrom('group_requests as q')
    .innerJoin('groups as g', 'g.id', 'q.group_id')
    .select(['q.id as place', 'q.group_id', 'g.name as group_name', 'q.remark', 'q.waiting', 'q.created_at'])
    .where('q.sender_id', '=', caller)
    .where('q.id', '>', after)
    .orderBy('q.id')
    .limit(pageLength)
    .execute()
  return pieceOf(rows, ({ place: _place, waiting, ...request }) => ({
    kind: 'group_request',
    ...request,
    waiting: waiting === 1,
  }))
}

async function files({ db }: Db, caller: number, [after = 0]: readonly number[]): Promise<Piece> {
  const rows = await db
    .selectFrom('media')
    .select(['id as place', 'path', 'filename', 'content_type', 'size', 'created_at'])
    .where('owner_id', '=', caller)
    .where('id', '>', after)
    .orderBy('id')
    .limit(pageLength)
    .execute()
  return pieceOf(rows, ({ place: _place, ...file }) => ({ kind: 'file', ...file }))
}

/** The conversations from one on that the user belongs to, or has belonged to. */
async function conversationsFrom({ db }: Db, caller: number, first: number, limit: number) {
  const rows = await db
    .selectFrom('members as m')
    .innerJoin('conversations as c', 'c.id', 'm.conversation_id')
    .leftJoin('groups as g', 'g.id', 'c.group_id')
    .select(['c.id as place', 'c.kind', 'c.low_id', 'c.high_id', 'c.group_id', 'c.last_seq', 'g.name as group_name'])
    .select(['m.state', 'm.role', 'm.nickname', 'm.from_seq', 'm.until_seq', 'm.read_seq', 'm.joined_at'])
    .where('m.user_id', '=', caller)
    .where('m.conversation_id', '>=', first)
    // Who is kept out of a group without ever having been in it does not learn of that.
    .where(({ or, eb }) => or([eb('m.state', '<>', MemberState.banned), eb('m.until_seq', '>', 0)]))
    .orderBy('m.conversation_id')
    .limit(limit)
    .execute()
  return rows.map(({ kind, low_id, high_id, group_id, ...row }) => ({
    ...row,
    chat_type: kind === ChatType.group ? ChatType.group : ChatType.direct,
    target_id: group_id ?? (low_id === caller ? high_id : low_id) ?? 0,
    last_seq: row.until_seq ?? row.last_seq,
  }))
}

async function conversations(clients: Db, caller: number, [after = 0]: readonly number[]): Promise<Piece> {
  const rows = await conversationsFrom(clients, caller, after + 1, pageLength)
  return pieceOf(
    rows,
    ({ chat_type, target_id, group_name, role, state, nickname, last_seq, read_seq, joined_at }) => ({
      kind: 'conversation',
      chat_type,
      target_id,
      member: state === MemberState.active,
      ...(group_name !== null && { group_name, role }),
      nickname,
      last_seq,
      read_seq: Math.min(read_seq, last_seq),
      joined_at,
    }),
  )
}

type Exported = Awaited<ReturnType<typeof conversationsFrom>>[number]

/** Messages of some conversations, one after another, as the user may see them. */
async function messages(clients: Db, caller: number, [at = 0, seen = 0]: readonly number[]): Promise<Piece> {
  const found = await conversationsFrom(clients, caller, at, conversationsAPage + 1)
  const keepFitting = roomFor(pageMaxBytes)
  const entries: ExportEntry[] = []
  for (const one of found.slice(0, conversationsAPage)) {
    const first = Math.max(one.from_seq, one.place === at ? seen + 1 : 1)
    if (first > one.last_seq) continue
    const rows = await messagesOf(clients, caller, one, first, messagesAPage - entries.length)
    const kept = keepFitting(rows)
    const { chat_type, target_id } = one
    for (const { type: _type, to_user_id: _to, ...message } of kept)
      entries.push({ kind: 'message', chat_type, target_id, ...message })
    const last = kept.at(-1)?.seq ?? first - 1
    const isFull = kept.length < rows.length || entries.length === messagesAPage
    if (isFull && last < one.last_seq) return { entries, next: [one.place, last] }
    if (isFull) return { entries, next: [one.place + 1, 0] }
  }
  const next = found[conversationsAPage]
  return { entries, next: next && [next.place, 0] }
}

async function messagesOf(
  { db }: Db,
  caller: number,
  { place, last_seq, until_seq }: Exported,
  first: number,
  limit: number,
): Promise<StoredMessage[]> {
  const rows = await db
    .selectFrom('messages as m')
    .select(messageColumns)
    .where('m.conversation_id', '=', place)
    .where('m.seq', '>=', first)
    .where('m.seq', '<=', last_seq)
    .orderBy('m.seq')
    .limit(limit)
    .execute()
  return await detailed({ db }, caller, rows, () => until_seq ?? Number.POSITIVE_INFINITY)
}
