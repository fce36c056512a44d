/**
 * Changes of messages: edits, recalls and reactions. Each is a message of its own, with a place in the order of its conversation, so
 * that a device which has been away hears of it as of any other; and it changes the row of the message that it is about.
 */
import { type CompiledQuery, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../../client/mysql.ts'
import { type Address, ChatType } from '../../core/address.ts'
import { config } from '../../core/config.ts'
import type { Language, Reason } from '../../core/refusal.ts'
import { MessageKind, textMedia } from '../../schema/tables.ts'
import { addressOfRecord, type ChangeRecord } from '../../wire/record.ts'
import type { ChangedMessage } from '../../wire/server-frame.ts'
import { byEmoji } from '../conversation/detail.ts'
import { isAmong } from '../store/in-list.ts'
import type { RowsOfEach, Statements } from '../store/transaction.ts'

/** A message that a batch changes, as the changes of the batch leave it. */
export interface Target {
  conversationId: number
  seq: number
  fromId: number
  /** Its text is its writer's own: it is no notice, and does not tell of a call. */
  isOwn: boolean
  content: string
  media: number
  createdAt: number
  editedSeq: number
  changedSeq: number
  isRecalled: boolean
  /** Emojis by user id. */
  reactions: ReadonlyMap<number, string>
}

const targetKey = (conversationId: number, seq: number): string => `${conversationId} ${seq}`

export interface TargetRows {
  targets: TargetRow
  reactions: ReactionRow
}

interface TargetRow {
  conversation_id: number
  seq: number
  from_user_id: number
  kind: number
  content: string
  media: number
  created_at: number
  edited_seq: number
  changed_seq: number
  recalled: number
  of_call: number
}

interface ReactionRow {
  conversation_id: number
  seq: number
  user_id: number
  emoji: string
}

// The texts of recalled messages are in the language of whoever wrote them, like notices.
const texts = {
  edit: { zh: '✏️ 编辑了一条消息', en: '✏️ edited a message' },
  recall: { zh: '🚫 撤回了一条消息', en: '🚫 recalled a message' },
  react: { zh: '{emoji} 回应了一条消息', en: '{emoji} to a message' },
  unreact: { zh: '取消了对一条消息的回应', en: 'took back a reaction' },
  recalled: { zh: '🚫 此消息已撤回', en: '🚫 This message was recalled' },
} as const satisfies Record<string, Record<Language, string>>

/** Of one message. */
const reactionsMax = 1_000

/** What a change says to people whose clients do not know of changes. It has no text of the message, which may be recalled. */
export function textOf({ action, content, origin: { language } }: ChangeRecord): string {
  const text = action === 'react' && content === undefined ? texts.unreact : texts[action]
  return text[language].replace('{emoji}', content ?? '')
}

/** The statements that read the messages which records change, and what people feel about them: at most four, none without records. */
export function targetReads(db: Db, records: readonly ChangeRecord[]): Statements<TargetRows> {
  const named = records.map((record) => ({ address: addressOfRecord(record), seq: record.seq }))
  const wanted = [
    wantedOf(named, ChatType.direct, sql`c.low_id = v.low_id and c.high_id = v.high_id`),
    wantedOf(named, ChatType.group, sql`c.group_id = v.group_id`),
  ].flatMap((from) => from ?? [])
  return {
    targets: wanted.map((from) =>
      sql<TargetRow>`
        select x.conversation_id, x.seq, x.from_user_id, x.kind, x.content, x.media, x.created_at, x.edited_seq,
          x.changed_seq, x.recalled, x.record_id like 'call:%' as of_call
        ${from} join messages as x on x.conversation_id = c.id and x.seq = v.seq`.compile(db),
    ),
    reactions: wanted.map((from) =>
      sql<ReactionRow>`
        select r.conversation_id, r.seq, r.user_id, r.emoji
        ${from} join reactions as r on r.conversation_id = c.id and r.seq = v.seq`.compile(db),
    ),
  }
}

function wantedOf(
  named: readonly { address: Address; seq: number }[],
  chatType: ChatType,
  isSame: RawBuilder<SqlBool>,
): RawBuilder<unknown> | undefined {
  const rows = named.flatMap(({ address, seq }) => {
    if (address.chatType !== chatType) return []
    const key =
      address.chatType === ChatType.group
        ? sql`${address.group} as group_id`
        : sql`${address.low} as low_id, ${address.high} as high_id`
    return [sql`select ${key}, ${seq} as seq`]
  })
  if (rows.length === 0) return undefined
  return sql`from (${sql.join(rows, sql` union `)}) as v join conversations as c on ${isSame}`
}

export function targetsOf({ targets, reactions }: RowsOfEach<TargetRows>): Target[] {
  const byKey = Map.groupBy(reactions, ({ conversation_id, seq }) => targetKey(conversation_id, seq))
  return targets
    .filter(({ kind }) => kind === MessageKind.said)
    .map((row) => ({
      conversationId: row.conversation_id,
      seq: row.seq,
      fromId: row.from_user_id,
      isOwn: row.from_user_id !== 0 && row.of_call === 0,
      content: row.content,
      media: row.media,
      createdAt: row.created_at,
      editedSeq: row.edited_seq,
      changedSeq: row.changed_seq,
      isRecalled: row.recalled === 1,
      reactions: new Map(
        byKey.get(targetKey(row.conversation_id, row.seq))?.map(({ user_id, emoji }) => [user_id, emoji]),
      ),
    }))
}

/** The messages that a batch changes, from their rows on. */
export class Changing {
  readonly #targets: Map<string, Target>
  readonly #changed = new Set<string>()
  readonly #reactions = new Map<string, ReactionRow>()

  constructor(targets: Iterable<Target>) {
    this.#targets = new Map([...targets].map((target) => [targetKey(target.conversationId, target.seq), target]))
  }

  /** The message that a record is about, as the changes before it leave it. */
  of(conversationId: number, { seq }: ChangeRecord): Target | undefined {
    return this.#targets.get(targetKey(conversationId, seq))
  }

  /** Applies a change that nothing refuses, whose own seq is `changedSeq`; returns what has become of the message. */
  apply(target: Target, record: ChangeRecord, changedSeq: number): Target {
    const { conversationId, seq } = target
    const key = targetKey(conversationId, seq)
    if (record.action === 'react') {
      const { from_id: user_id, content: emoji = '' } = record
      this.#reactions.set(`${key} ${user_id}`, { conversation_id: conversationId, seq, user_id, emoji })
    }
    const next = { ...target, changedSeq, ...effectOf(target, record, changedSeq) }
    this.#targets.set(key, next)
    this.#changed.add(key)
    return next
  }

  /** The statements that write all of it: at most seven. What was said in a recalled message is gone, with its files and mentions. */
  writes(db: Db): CompiledQuery[] {
    const targets = [...this.#changed].flatMap((key) => this.#targets.get(key) ?? [])
    if (targets.length === 0) return []
    const reactions = [...this.#reactions.values()]
    const recalled = targets.filter(({ isRecalled }) => isRecalled)
    return [
      update(db, targets),
      ...setReactions(
        db,
        reactions.filter(({ emoji }) => emoji !== ''),
      ),
      ...takeReactions(
        db,
        reactions.filter(({ emoji }) => emoji === ''),
      ),
      ...forget(db, recalled),
    ]
  }
}

function effectOf(
  { reactions }: Target,
  { action, content = '', from_id, origin }: ChangeRecord,
  seq: number,
): Partial<Target> {
  switch (action) {
    case 'edit':
      return { content, editedSeq: seq }
    case 'recall':
      return { content: texts.recalled[origin.language], media: textMedia, isRecalled: true, reactions: new Map() }
    case 'react': {
      const others = [...reactions].filter(([user]) => user !== from_id)
      return { reactions: new Map(content === '' ? others : [...others, [from_id, content]]) }
    }
  }
}

/** Why a member may not change a message; undefined if nothing is against it. */
export function refusalOf(
  { action, content, from_id }: ChangeRecord,
  target: Target | undefined,
  fromSeq: number,
  now: number,
): Reason | undefined {
  if (!target || target.seq < fromSeq) return 'MESSAGE_NOT_FOUND'
  if (target.isRecalled) return 'MESSAGE_RECALLED'
  if (action === 'react') return refusalOfReaction(target, from_id, content)
  if (!target.isOwn || target.fromId !== from_id) return 'NOT_YOUR_MESSAGE'
  if (now - target.createdAt > config.changeSeconds * 1_000) return 'TOO_LATE'
  return action === 'edit' && target.media !== textMedia ? 'NOT_TEXT' : undefined
}

function refusalOfReaction({ reactions }: Target, userId: number, emoji: string | undefined): Reason | undefined {
  const isNew = emoji !== undefined && !reactions.has(userId)
  return isNew && reactions.size >= reactionsMax ? 'TOO_MANY_REACTIONS' : undefined
}

/** What has become of a message, for those who may see it. */
export const stateOf = ({ content, media, editedSeq, changedSeq, isRecalled, reactions }: Target): ChangedMessage => ({
  content,
  media,
  edited: editedSeq > 0,
  recalled: isRecalled,
  reactions: byEmoji([...reactions].map(([user_id, emoji]) => ({ user_id, emoji }))),
  changed_seq: changedSeq,
})

function update(db: Db, targets: readonly Target[]): CompiledQuery {
  const values = targets.map(
    ({ conversationId, seq, content, media, editedSeq, changedSeq, isRecalled }) => sql`
      select ${conversationId} as conversation_id, ${seq} as seq, ${content} as content, ${media} as media,
        ${editedSeq} as edited_seq, ${changedSeq} as changed_seq, ${Number(isRecalled)} as recalled`,
  )
  return sql`
    update (${sql.join(values, sql` union all `)}) v
    join messages x on x.conversation_id = v.conversation_id and x.seq = v.seq
    set x.content = v.content, x.media = v.media, x.edited_seq = v.edited_seq, x.changed_seq = v.changed_seq,
      x.recalled = v.recalled, x.mention_count = case when v.recalled = 1 then 0 else x.mention_count end`.compile(db)
}

function setReactions(db: Db, reactions: readonly ReactionRow[]): CompiledQuery[] {
  if (reactions.length === 0) return []
  const insert = db.insertInto('reactions').values([...reactions])
  return [insert.onDuplicateKeyUpdate({ emoji: sql`values(emoji)` }).compile()]
}

function takeReactions(db: Db, reactions: readonly ReactionRow[]): CompiledQuery[] {
  if (reactions.length === 0) return []
  const keys = reactions.map(({ conversation_id, seq, user_id }) => sql`(${conversation_id}, ${seq}, ${user_id})`)
  return [db.deleteFrom('reactions').where(isAmong(sql`(conversation_id, seq, user_id)`, keys)).compile()]
}

function forget(db: Db, recalled: readonly Target[]): CompiledQuery[] {
  if (recalled.length === 0) return []
  const keys = recalled.map(({ conversationId, seq }) => sql`(${conversationId}, ${seq})`)
  const links = isAmong(sql`(l.conversation_id, l.seq)`, keys)
  // A file that is in no other message is swept.
  const files = sql`
    update media as m join media_links as l on l.media_id = m.id set m.used_at = null
    where ${links} and not exists (
      select 1 from media_links as o where o.media_id = m.id and (o.conversation_id, o.seq) <> (l.conversation_id, l.seq))`
  const rows = (['reactions', 'mentions', 'media_links'] as const).map((table) =>
    db.deleteFrom(table).where(isAmong(sql`(conversation_id, seq)`, keys)),
  )
  return [files.compile(db), ...rows.map((row) => row.compile())]
}
