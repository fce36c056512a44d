/** Numbers and their order, in the database. */
import { type Finding, found, type Known } from './finding.ts'
import type { Sent, StoredRow } from './recording.ts'

/** Checks `seq`, `id` and `created_at`, and that a message follows every message that was known when it was sent. */
export function findOrderFaults(known: Known): Finding[] {
  const knownAt = firstKnown(known)
  const sentAt = new Map(known.recording.sent.map((sent) => [sent.content, sent.attempts[0]?.at ?? 0]))
  const findings = [...known.byConversation].flatMap(([conversation, rows]) => [
    ...findHoles(conversation, rows),
    ...findRunningAgainst(conversation, rows),
    ...findOvertaking(conversation, rows, knownAt, sentAt),
  ])
  const ends = known.stored.conversations.flatMap(({ conversation, lastSeq }): Finding[] => {
    const last = known.byConversation.get(conversation)?.at(-1)?.seq ?? 0
    if (last === lastSeq) return []
    return [found('hole', `${conversation} says that it ends at ${lastSeq}, and ends at ${last}`)]
  })
  return [...findings, ...ends, ...findOvertakingInFlight(known)]
}

function findHoles(conversation: string, rows: readonly StoredRow[]): Finding[] {
  return rows.flatMap(({ seq }, index): Finding[] =>
    seq === (rows[index - 1]?.seq ?? 0) + 1
      ? []
      : [found('hole', `${conversation}: ${seq} follows ${rows[index - 1]?.seq ?? 0}`)],
  )
}

function findRunningAgainst(conversation: string, rows: readonly StoredRow[]): Finding[] {
  return rows.flatMap((row, index): Finding[] => {
    const before = rows[index - 1]
    if (!before || (row.id > before.id && row.createdAt >= before.createdAt)) return []
    return [found('disordered', `${conversation}: id or time of ${row.seq} runs against ${before.seq}`)]
  })
}

/** When anybody was first told of a message. */
function firstKnown({ recording }: Known): Map<string, number> {
  const first = new Map<string, number>()
  const note = (content: string, at: number): void => {
    first.set(content, Math.min(first.get(content) ?? Infinity, at))
  }
  for (const { seen } of recording.devices) for (const { content, at } of seen) note(content, at)
  for (const { content, answers } of recording.sent) {
    for (const answer of answers) if (answer.kind === 'stored') note(content, answer.at)
  }
  return first
}

// Walks back from the end with the earliest time at which any later message was known.
function findOvertaking(
  conversation: string,
  rows: readonly StoredRow[],
  knownAt: ReadonlyMap<string, number>,
  sentAt: ReadonlyMap<string, number>,
): Finding[] {
  let earliest = Infinity
  let laterSeq = 0
  const findings: Finding[] = []
  for (const row of rows.toReversed()) {
    const sent = sentAt.get(row.content)
    if (sent !== undefined && sent > earliest) {
      findings.push(found('disordered', `${conversation}: ${row.seq} was sent after ${laterSeq} was known`))
    }
    const at = knownAt.get(row.content) ?? Infinity
    if (at < earliest) {
      earliest = at
      laterSeq = row.seq
    }
  }
  return findings
}

// One gateway process keeps the order of frames in flight. Checked for messages that were sent once, on one device.
function findOvertakingInFlight({ recording, byContent }: Known): Finding[] {
  const isPlain = ({ attempts, answers }: Sent): boolean =>
    attempts.length === 1 && !attempts[0]?.isCut && answers.every(({ kind }) => kind === 'stored')
  const streams = Map.groupBy(
    recording.sent.filter((sent) => sent.isAllowed && !sent.isUncertain && isPlain(sent)),
    ({ from, to, attempts }) => `${from} to ${to} on ${attempts[0]?.device}`,
  )
  return [...streams].flatMap(([stream, sent]) => {
    const inOrder = sent.toSorted((one, other) => (one.attempts[0]?.at ?? 0) - (other.attempts[0]?.at ?? 0))
    const seqs = inOrder.flatMap(({ content }) => byContent.get(content)?.[0]?.seq ?? [])
    return seqs.flatMap((seq, index): Finding[] =>
      index === 0 || seq > (seqs[index - 1] ?? 0)
        ? []
        : [found('disordered', `${stream}: ${seqs[index - 1]} was sent before ${seq}, on one connection`)],
    )
  })
}
