/** Messages as a conversation shows them: those that have a place in its order, then those that are about to get one. */
import type { Message } from 'gochat-client'
import { changed } from 'gochat-client/changes'
import type { Outgoing } from './outgoing.ts'
import type { SendState, ShownMessage } from './state.ts'
import type { Timeline } from './timeline.ts'

/** Those that are as before are the same objects, so that views draw only what is new. */
export function shownOf(
  timeline: Timeline,
  outgoing: readonly Outgoing[],
  before: readonly ShownMessage[],
  owner: number,
): ShownMessage[] {
  const old = new Map(before.map((message) => [message.key, message]))
  const same = (next: ShownMessage): ShownMessage => {
    const last = old.get(next.key)
    return last && compared.every((name) => last[name] === next[name]) ? last : next
  }
  const changes = outgoing.filter(({ entry }) => entry.change)
  const isHere = ({ guess }: Outgoing) => guess !== undefined && timeline.has(guess)
  const guessed = new Map(outgoing.filter(isHere).map(({ guess, note }) => [guess, note.key]))
  const rows = timeline.rows.flatMap((row) => {
    if (row.change) return []
    const key = timeline.keys.get(row.seq) ?? guessed.get(row.seq) ?? `#${row.seq}`
    return same(stored(foreseen(row, changes, owner), key))
  })
  const tail = outgoing.filter((one) => !one.entry.change && !isHere(one)).map((one) => same(waiting(one, owner)))
  // Those that are stored already come before the rest; the rest keep their order.
  tail.sort((one, other) => (one.seq ?? Number.MAX_SAFE_INTEGER) - (other.seq ?? Number.MAX_SAFE_INTEGER))
  return [...rows, ...tail]
}

/** All that may change of a message that keeps its key. */
const compared = ['seq', 'state', 'reason', 'content', 'isEdited', 'isRecalled', 'reactions'] as const

/** The message as it will be when the person's own changes have their place. */
const foreseen = (row: Message, changes: readonly Outgoing[], owner: number): Message =>
  changes.reduce(
    (message, { entry: { note: _, ...entry } }) =>
      changed(message, { ...entry, id: 0, seq: Number.MAX_SAFE_INTEGER, from_id: owner, created_at: 0 }),
    row,
  )

/** A stored message as views see it. */
export const stored = (message: Message, key: string): ShownMessage => {
  const { seq, from_id, content, media, created_at, nickname, reply_to, mentions, state } = message
  const about = { key, seq, from_id, ...(nickname && { author: nickname }), at: created_at, state: 'stored' } as const
  // Of what was said nothing is left, whatever stands in its place.
  if (state?.recalled) return { ...about, content: '', media: 1, isRecalled: true }
  return {
    ...about,
    ...{ content, media },
    ...(reply_to && { replyTo: reply_to }),
    ...(mentions && { mentions }),
    ...(state?.edited && { isEdited: true }),
    ...(state && state.reactions.length > 0 && { reactions: state.reactions }),
  }
}

function waiting({ entry, note, reason, stored }: Outgoing, owner: number): ShownMessage {
  const { content, media, reply_to, mentions } = entry
  const state: SendState = stored ? 'stored' : reason === undefined ? 'sending' : 'failed'
  return {
    ...{ key: note.key, from_id: owner, content, media, state },
    at: stored?.created_at ?? note.at,
    ...(stored && { seq: stored.seq }),
    ...(reason !== undefined && { reason }),
    ...(reply_to && { replyTo: reply_to }),
    ...(mentions && { mentions }),
  }
}
