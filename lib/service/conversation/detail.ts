/** What stored messages have beyond their rows: what has become of those that were changed, reactions and mentions. */
import { type RawBuilder, sql } from 'kysely'
import type { Clients } from '../../client/clients.ts'
import { ChatType } from '../../core/address.ts'
import { MessageKind } from '../../schema/tables.ts'
import type { StoredMessage } from '../../wire/chat.ts'
import type { ChangeAction } from '../../wire/frame.ts'
import type { MessageState, Reaction } from '../../wire/server-frame.ts'
import { isAmong } from '../store/in-list.ts'

/** A row of `messageColumns`, and of `senderColumns` in groups. */
export interface MessageRow {
  id: number
  seq: number
  from_user_id: number
  to_user_id: number
  content: string
  type: number
  media: number
  created_at: number
  conversation_id: number
  kind: number
  ref_seq: number | null
  changed_seq: number
  edited_seq: number
  recalled: number
  mention_count: number
  sender_name?: string
  sender_avatar?: string
}

const actions: Partial<Record<number, ChangeAction>> = {
  [MessageKind.edit]: 'edit',
  [MessageKind.recall]: 'recall',
  [MessageKind.react]: 'react',
}

/**
 * Messages as their reader sees them. `lastSeqOf` says up to which seq that is in a conversation: of what was written into a message
 * later nothing is shown, nor what was there before.
 *
 * No statement for messages that nobody has changed and that mention nobody; else one for each of the messages that changes are about,
 * reactions, and mentions.
 */
export async function detailed(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  rows: readonly MessageRow[],
  lastSeqOf: (conversationId: number) => number,
): Promise<StoredMessage[]> {
  const changes = rows.filter(({ kind }) => kind !== MessageKind.said)
  const targets = await targetsOf(
    { db },
    caller,
    changes.map(({ conversation_id, ref_seq }) => ({ conversation_id, seq: ref_seq ?? 0 })),
  )
  const changed = [...rows, ...targets.values()].filter(
    ({ changed_seq, recalled }) => changed_seq > 0 && recalled === 0,
  )
  const reactions = await reactionsOf({ db }, changed)
  const mentions = await mentionsOf(
    { db },
    rows.filter(({ mention_count }) => mention_count > 0),
  )

  const stateOf = ({ conversation_id, seq, changed_seq, edited_seq, recalled }: TargetRow): MessageState => ({
    edited: edited_seq > 0,
    recalled: recalled === 1,
    reactions: changed_seq > lastSeqOf(conversation_id) ? [] : (reactions.get(keyOf(conversation_id, seq)) ?? []),
    changed_seq,
  })
  const contentOf = ({ conversation_id, edited_seq, recalled, content }: TargetRow): string =>
    recalled === 0 && edited_seq > lastSeqOf(conversation_id) ? hidden : content
  const changeOf = ({ conversation_id, kind, ref_seq }: MessageRow): StoredMessage['change'] => {
    const action = actions[kind]
    if (action === undefined || ref_seq === null) return undefined
    const target = targets.get(keyOf(conversation_id, ref_seq))
    const message = target && { content: contentOf(target), media: target.media, ...stateOf(target) }
    return { seq: ref_seq, action, ...(message && { message }) }
  }

  return rows.map((row) => {
    const change = changeOf(row)
    const named = mentions.get(keyOf(row.conversation_id, row.seq))
    return {
      ...plain(row),
      content: contentOf(row),
      ...(!change && row.ref_seq !== null && { reply_to: row.ref_seq }),
      ...(named && { mentions: named.map(({ user_id }) => user_id) }),
      ...(row.changed_seq > 0 && { state: stateOf(row) }),
      ...(change && { change }),
    }
  })
}

// It has no language: readers who left know neither text.
const hidden = '✏️'

const plain = ({ id, seq, from_user_id, to_user_id, content, type, media, created_at, ...row }: MessageRow) => ({
  id,
  seq,
  from_user_id,
  to_user_id,
  content,
  type,
  media,
  created_at,
  ...(type === ChatType.group &&
    row.sender_name !== undefined && { sender_name: row.sender_name, sender_avatar: row.sender_avatar ?? '' }),
})

type TargetRow = Pick<
  MessageRow,
  'conversation_id' | 'seq' | 'content' | 'media' | 'changed_seq' | 'edited_seq' | 'recalled'
>

interface Place {
  conversation_id: number
  seq: number
}

const keyOf = (conversationId: number, seq: number): string => `${conversationId} ${seq}`

const areAmong = (table: string, places: readonly Place[]): RawBuilder<boolean> =>
  isAmong(
    sql`(${sql.ref(`${table}.conversation_id`)}, ${sql.ref(`${table}.seq`)})`,
    places.map(({ conversation_id, seq }) => sql`(${conversation_id}, ${seq})`),
  )

/** The messages that changes are about, as far as the caller may see them: by `keyOf`. */
async function targetsOf(
  { db }: Pick<Clients, 'db'>,
  caller: number,
  places: readonly Place[],
): Promise<Map<string, TargetRow>> {
  if (places.length === 0) return new Map()
  const rows = await db
    .selectFrom('messages as m')
    .innerJoin('members as me', 'me.conversation_id', 'm.conversation_id')
    .select(['m.conversation_id', 'm.seq', 'm.content', 'm.media', 'm.changed_seq', 'm.edited_seq', 'm.recalled'])
    .where(areAmong('m', places))
    .where('me.user_id', '=', caller)
    .where(({ or, eb, ref }) => or([eb('m.type', '=', ChatType.direct), eb('m.seq', '>=', ref('me.from_seq'))]))
    .execute()
  return new Map(rows.map((row) => [keyOf(row.conversation_id, row.seq), row]))
}

async function reactionsOf({ db }: Pick<Clients, 'db'>, places: readonly Place[]): Promise<Map<string, Reaction[]>> {
  if (places.length === 0) return new Map()
  const rows = await db
    .selectFrom('reactions as r')
    .select(['r.conversation_id', 'r.seq', 'r.user_id', 'r.emoji'])
    .where(areAmong('r', places))
    .orderBy('r.user_id')
    .execute()
  const byPlace = Map.groupBy(rows, ({ conversation_id, seq }) => keyOf(conversation_id, seq))
  return new Map([...byPlace].map(([key, own]) => [key, byEmoji(own)]))
}

/** Who has reacted with what, as frames and rows say it. */
export const byEmoji = (reactions: readonly { user_id: number; emoji: string }[]): Reaction[] =>
  [...Map.groupBy(reactions, ({ emoji }) => emoji)].map(([emoji, own]) => ({
    emoji,
    user_ids: own.map(({ user_id }) => user_id),
  }))

async function mentionsOf({ db }: Pick<Clients, 'db'>, places: readonly Place[]) {
  if (places.length === 0) return new Map<string, { user_id: number }[]>()
  const rows = await db
    .selectFrom('mentions as n')
    .select(['n.conversation_id', 'n.seq', 'n.user_id'])
    .where(areAmong('n', places))
    .orderBy('n.user_id')
    .execute()
  return Map.groupBy(rows, ({ conversation_id, seq }) => keyOf(conversation_id, seq))
}
