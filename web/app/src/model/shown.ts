/** Messages as a conversation shows them: those that have a place in its order, then those that are about to get one. */
import type { Message } from 'gochat-client'
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
    return last && last.seq === next.seq && last.state === next.state && last.reason === next.reason ? last : next
  }
  const isHere = ({ guess }: Outgoing) => guess !== undefined && timeline.has(guess)
  const guessed = new Map(outgoing.filter(isHere).map(({ guess, note }) => [guess, note.key]))
  const rows = timeline.rows.map((row) =>
    same(stored(row, timeline.keys.get(row.seq) ?? guessed.get(row.seq) ?? `#${row.seq}`)),
  )
  const tail = outgoing.filter((one) => !isHere(one)).map((one) => same(waiting(one, owner)))
  // Those that are stored already come before the rest; the rest keep their order.
  tail.sort((one, other) => (one.seq ?? Number.MAX_SAFE_INTEGER) - (other.seq ?? Number.MAX_SAFE_INTEGER))
  return [...rows, ...tail]
}

const stored = ({ seq, from_id, content, media, created_at, nickname }: Message, key: string): ShownMessage => ({
  ...{ key, seq, from_id, content, media },
  ...(nickname && { author: nickname }),
  at: created_at,
  state: 'stored',
})

function waiting({ entry, note, reason, stored }: Outgoing, owner: number): ShownMessage {
  const { content, media } = entry
  const state: SendState = stored ? 'stored' : reason === undefined ? 'sending' : 'failed'
  return {
    ...{ key: note.key, from_id: owner, content, media, state },
    at: stored?.created_at ?? note.at,
    ...(stored && { seq: stored.seq }),
    ...(reason !== undefined && { reason }),
  }
}
