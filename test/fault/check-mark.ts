/** Read marks and unread counts. */
import type { Finding, Known } from './finding.ts'
import { conversationOf } from './recording.ts'

export function findMarkFaults(known: Known): Finding[] {
  return [...findWrongCounts(known), ...findBackward(known), ...findForgotten(known)]
}

// Exact: as many as the friend has sent after the mark, in the row and in the list.
function findWrongCounts({ stored, byConversation, recording }: Known): Finding[] {
  const listed = new Map(recording.unread.map(({ owner, friend, count }) => [`${owner} ${friend}`, count]))
  return stored.marks.flatMap(({ owner, friend, readSeq, unread }): Finding[] => {
    const rows = byConversation.get(conversationOf(owner, friend)) ?? []
    const exact = rows.filter(({ from, seq }) => from === friend && seq > readSeq).length
    const shown = listed.get(`${owner} ${friend}`) ?? exact
    if (unread === exact && shown === exact) return []
    const detail = `${owner} about ${friend}: ${exact} after ${readSeq}, stored ${unread}, listed ${shown}`
    return [{ kind: 'unread', detail }]
  })
}

// Of two replies, the one that was asked for after the other had come must not tell less.
function findBackward({ recording, stored }: Known): Finding[] {
  const final = new Map(stored.marks.map(({ owner, friend, readSeq }) => [`${owner} ${friend}`, readSeq]))
  const findings: Finding[] = []
  for (const [pair, seen] of Map.groupBy(recording.marksSeen, ({ owner, friend }) => `${owner} ${friend}`)) {
    const byEnd = seen.toSorted((a, b) => a.at - b.at)
    let told = 0
    let next = 0
    for (const { startedAt, seq } of seen.toSorted((a, b) => a.startedAt - b.startedAt)) {
      for (; (byEnd[next]?.at ?? Infinity) < startedAt; next++) told = Math.max(told, byEnd[next]?.seq ?? 0)
      if (seq < told) findings.push({ kind: 'read mark', detail: `${pair}: ${seq} after ${told}` })
    }
    const highest = seen.reduce((most, { seq }) => Math.max(most, seq), 0)
    const last = final.get(pair)
    if (last !== undefined && last < highest) {
      findings.push({ kind: 'read mark', detail: `${pair}: told ${highest}, stored ${last}` })
    }
  }
  for (const { owner, friend, seq } of recording.marksTold) {
    const last = final.get(`${owner} ${friend}`) ?? Infinity
    if (seq > last)
      findings.push({ kind: 'read mark', detail: `${owner} ${friend}: a frame told ${seq}, stored ${last}` })
  }
  return findings
}

/** A mark-read that was answered with success covers all that its device had. */
function findForgotten({ recording, stored }: Known): Finding[] {
  const final = new Map(stored.marks.map(({ owner, friend, readSeq }) => [`${owner} ${friend}`, readSeq]))
  return recording.marked.flatMap(({ owner, friend, seq }): Finding[] => {
    const last = final.get(`${owner} ${friend}`) ?? 0
    return last >= seq ? [] : [{ kind: 'read mark', detail: `${owner} ${friend}: marked to ${seq}, stored ${last}` }]
  })
}
