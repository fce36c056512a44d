/**
 * Judges a run by what its clients saw and by what the database holds at its end, and by nothing else.
 *
 * Pure: the same recording gives the same findings.
 */
import { findDeviceFaults } from './check-device.ts'
import { findFileFaults } from './check-file.ts'
import { findMarkFaults } from './check-mark.ts'
import { findOrderFaults } from './check-order.ts'
import { type Finding, found, type Kind, type Known } from './finding.ts'
import type { Recording, Sent, Stored, StoredRow } from './recording.ts'
import { conversationOf, isGroup } from './target.ts'

// The service refuses within 3 s; the slack is for the client's own delay on a busy machine.
const refusedWithinMs = 3_000
const slackMs = 400

export function check(recording: Recording, stored: Stored): Finding[] {
  const byConversation = Map.groupBy(stored.messages, ({ conversation }) => conversation)
  for (const rows of byConversation.values()) rows.sort((a, b) => a.seq - b.seq)
  const known: Known = {
    recording,
    stored,
    byId: new Map(stored.messages.map((row) => [row.id, row])),
    byContent: Map.groupBy(stored.messages, ({ content }) => content),
    byConversation,
  }
  return [
    ...findLost(known),
    ...findDoubled(known),
    ...findOrderFaults(known),
    ...findDeviceFaults(known),
    ...findMarkFaults(known),
    ...findFileFaults(known),
    ...recording.sent.flatMap(judgeAnswers),
    ...findWrongVerdicts(known),
    ...findSlowRefusals(recording),
    ...recording.offences.map((detail) => found('offence', detail)),
  ]
}

function findLost({ recording, byId, byContent }: Known): Finding[] {
  return recording.sent.flatMap((sent): Finding[] => {
    const lost = sent.answers.flatMap((answer): Finding[] => {
      if (answer.kind !== 'stored') return []
      const row = byId.get(answer.id)
      if (!row) return [found('lost', `${name(sent)} was acknowledged as ${answer.id}, which is not stored`)]
      const isPlace = row.seq === answer.seq && row.conversation === conversationOf(sent.from, sent.to)
      const isSame = isPlace && row.content === sent.content && row.createdAt === answer.createdAt
      return isSame ? [] : [found('lost', `${name(sent)}: row ${answer.id} is not what was acknowledged`)]
    })
    // Without an id nothing is acknowledged, but a frame that was not refused is in Kafka and must be stored.
    const isTaken = sent.clientMessageId === undefined && sent.isAllowed && !sent.isUncertain
    if (isTaken && sent.attempts.length > 0 && !byContent.has(sent.content)) {
      lost.push(found('lost', `${name(sent)}, without an id, was taken and is not stored`))
    }
    return lost.slice(0, 1)
  })
}

function findDoubled({ stored, byContent }: Known): Finding[] {
  const byName = Map.groupBy(
    stored.messages.filter(({ clientMessageId }) => clientMessageId !== undefined),
    ({ from, clientMessageId }) => `${from} ${clientMessageId}`,
  )
  const named = [...byName].filter(([, rows]) => rows.length > 1)
  const doubled = [...byContent].filter(([, rows]) => rows.length > 1)
  return [
    ...doubled.map(([content, rows]) => found('doubled', `${short(content)}: ${places(rows)}`)),
    ...named.map(([id, rows]) => found('doubled', `client_msg_id of ${id}: ${places(rows)}`)),
  ]
}

function judgeAnswers(sent: Sent): Finding[] {
  const findings: Finding[] = []
  const stored = sent.answers.flatMap((answer) => (answer.kind === 'stored' ? [answer] : []))
  const refused = sent.answers.flatMap((answer) => (answer.kind === 'refused' && !answer.isRetryable ? [answer] : []))
  const distinct = new Set(stored.map(({ id, seq, createdAt }) => `${id} as ${seq} at ${createdAt}`))
  if (distinct.size > 1) findings.push(found('answer differs', `${name(sent)}: ${[...distinct].join(', ')}`))
  if (stored.length > 0 && refused.length > 0) {
    findings.push(found('answer differs', `${name(sent)}: stored, and refused with ${refused[0]?.reason}`))
  }
  if (sent.clientMessageId !== undefined && stored.length + refused.length === 0) {
    findings.push(found('never answered', `${name(sent)}, sent ${sent.attempts.length} times`))
  }
  if (sent.isAllowed && refused.length > 0 && stored.length === 0) {
    findings.push(found('wrong verdict', `${name(sent)} was refused with ${refused[0]?.reason}`))
  }
  const reason = isGroup(sent.to) ? 'NOT_MEMBER' : 'NOT_FRIENDS'
  const other = refused.find((answer) => answer.reason !== reason)
  if (!sent.isAllowed && other) {
    findings.push(found('wrong verdict', `${name(sent)} was refused with ${other.reason}, not ${reason}`))
  }
  return findings
}

function findWrongVerdicts({ recording, stored, byContent, byConversation }: Known): Finding[] {
  const late = recording.endings.flatMap(({ conversation, lastSeq }) =>
    (byConversation.get(conversation) ?? []).flatMap(({ seq }) => (seq > lastSeq ? { conversation, seq } : [])),
  )
  const strangers = stored.messages.filter(
    ({ conversation, from }) => !recording.conversations.get(conversation)?.includes(from),
  )
  const probes = recording.probes.filter(
    ({ content, from, to, answers }) =>
      byContent.get(content)?.some(({ conversation }) => conversation === conversationOf(from, to)) ||
      answers.some(({ kind }) => kind === 'stored'),
  )
  const vain = recording.sent.filter(
    ({ isAllowed, answers }) => !isAllowed && answers.some(({ kind }) => kind === 'stored'),
  )
  return [
    ...strangers.map((row) => found('wrong verdict', `${short(row.content)} is from a stranger`)),
    ...late.map(({ conversation, seq }) =>
      found('wrong verdict', `${conversation}: ${seq} was stored after the friendship had ended`),
    ),
    ...vain.map((sent) => found('wrong verdict', `${name(sent)} to a stranger was acknowledged`)),
    ...probes.map(({ content, to }) =>
      found('wrong verdict', `another message passed under a used id: ${short(content)}, to ${to}`),
    ),
  ]
}

function findSlowRefusals({ sent, outages }: Recording): Finding[] {
  return sent.flatMap((one) =>
    one.attempts.flatMap((attempt): Finding[] => {
      if (one.clientMessageId === undefined || attempt.isCut) return []
      const outage = outages.find(({ from, to }) => attempt.at >= from && attempt.at <= to)
      if (!outage) return []
      const waitedMs = (attempt.answeredAt ?? Infinity) - attempt.at
      if (outage.frames === 'refused' && waitedMs > refusedWithinMs + slackMs) {
        return [found('slow refusal', `${name(one)} waited ${waitedMs} ms, ${attempt.at - outage.from} ms in`)]
      }
      if (outage.frames === 'taken' && attempt.isRefused) {
        return [found('slow refusal', `${name(one)} was refused though what was away is not asked`)]
      }
      return []
    }),
  )
}

/** How often each kind was found. */
export function tally(findings: readonly Finding[]): Partial<Record<Kind, number>> {
  return Object.fromEntries([...Map.groupBy(findings, ({ kind }) => kind)].map(([kind, found]) => [kind, found.length]))
}

const short = (content: string): string => content.split(' ', 1)[0] ?? ''
const name = ({ content, from, to }: Sent): string => `${short(content)} (${from} to ${to})`
const places = (rows: readonly StoredRow[]): string => rows.map(({ id, seq }) => `${id} as ${seq}`).join(', ')
