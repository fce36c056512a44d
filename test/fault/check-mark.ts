/** Read marks and unread counts. */
import { type Finding, found, type Known } from './finding.ts'
import type { Stored } from './recording.ts'
import { conversationOf, type Target } from './target.ts'

export function findMarkFaults(known: Known): Finding[] {
  return [...findWrongCounts(known), ...findBackward(known), ...findForgotten(known)]
}

// Exact: as many as others have sent after the mark, in the member's row and in the friend list, which has no groups.
function findWrongCounts({ stored, byConversation, recording }: Known): Finding[] {
  const listed = new Map(recording.unread.map((unread) => [nameOf(unread), unread.count]))
  return stored.marks.flatMap((mark): Finding[] => {
    const { owner, target, readSeq, unread } = mark
    const rows = byConversation.get(conversationOf(owner, target)) ?? []
    const exact = rows.filter(({ from, seq }) => from !== owner && seq > readSeq).length
    const shown = listed.get(nameOf(mark)) ?? exact
    if (unread === exact && shown === exact) return []
    const detail = `${nameOf(mark)}: ${exact} after ${readSeq}, stored ${unread}, listed ${shown}`
    return [found('unread', detail)]
  })
}

/** A mark only moves forward, and nobody is told of one that is not there. */
function findBackward({ recording, stored }: Known): Finding[] {
  const final = finalMarks(stored)
  const findings: Finding[] = []
  for (const [mark, seen] of Map.groupBy(recording.marksSeen, nameOf)) {
    // Of two replies, the one that was asked for after the other had come must not tell less.
    const byEnd = seen.toSorted((a, b) => a.at - b.at)
    let told = 0
    let next = 0
    for (const { startedAt, seq } of seen.toSorted((a, b) => a.startedAt - b.startedAt)) {
      for (; (byEnd[next]?.at ?? Infinity) < startedAt; next++) told = Math.max(told, byEnd[next]?.seq ?? 0)
      if (seq < told) findings.push(found('read mark', `${mark}: ${seq} after ${told}`))
    }
  }
  // Frames may overtake each other: only the furthest counts.
  for (const [mark, told] of Map.groupBy([...recording.marksSeen, ...recording.marksTold], nameOf)) {
    const highest = told.reduce((most, { seq }) => (seq > most ? seq : most), 0)
    const last = final.get(mark) ?? 0
    if (last < highest) findings.push(found('read mark', `${mark}: told ${highest}, stored ${last}`))
  }
  return findings
}

/** A mark-read that was answered with success covers all that its device had. */
function findForgotten({ recording, stored }: Known): Finding[] {
  const final = finalMarks(stored)
  return recording.marked.flatMap((marked): Finding[] => {
    const last = final.get(nameOf(marked)) ?? 0
    if (last >= marked.seq) return []
    return [found('read mark', `${nameOf(marked)}: marked to ${marked.seq}, stored ${last}`)]
  })
}

const finalMarks = ({ marks }: Stored): Map<string, number> =>
  new Map(marks.map((mark) => [nameOf(mark), mark.readSeq]))

const nameOf = ({ owner, target }: { owner: number; target: Target }): string => `${owner} in ${target}`
