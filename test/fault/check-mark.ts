/** Read marks and unread counts. */
import { type Finding, found, type Known } from './finding.ts'
import type { Stored } from './recording.ts'
import { conversationOf, type Target } from './target.ts'

export function findMarkFaults(known: Known): Finding[] {
  return [...findWrongCounts(known), ...findBackward(known), ...findForgotten(known), ...findUntold(known)]
}

// Counts the messages of others after the mark, and compares with the member's row and the friend list (pairs only).
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

/** Marks only move forward, and nobody is told of a mark that was never stored. */
function findBackward({ recording, stored }: Known): Finding[] {
  const final = finalMarks(stored)
  const findings: Finding[] = []
  for (const [mark, seen] of Map.groupBy(recording.marksSeen, nameOf)) {
    // A request that starts after another reply has come must not see an earlier mark than that reply.
    const byEnd = seen.toSorted((a, b) => a.at - b.at)
    let told = 0
    let next = 0
    for (const { startedAt, seq } of seen.toSorted((a, b) => a.startedAt - b.startedAt)) {
      for (; (byEnd[next]?.at ?? Infinity) < startedAt; next++) told = Math.max(told, byEnd[next]?.seq ?? 0)
      if (seq < told) findings.push(found('read mark', `${mark}: ${seq} after ${told}`))
    }
  }
  // Frames may overtake each other, so only the furthest mark is compared.
  for (const [mark, told] of Map.groupBy([...recording.marksSeen, ...recording.marksTold], nameOf)) {
    const highest = told.reduce((most, { seq }) => (seq > most ? seq : most), 0)
    const last = final.get(mark) ?? 0
    if (last < highest) findings.push(found('read mark', `${mark}: told ${highest}, stored ${last}`))
  }
  return findings
}

/** A successful mark-read covers every message that its device had before the request. */
function findForgotten({ recording, stored }: Known): Finding[] {
  const final = finalMarks(stored)
  return recording.marked.flatMap((marked): Finding[] => {
    const last = final.get(nameOf(marked)) ?? 0
    if (last >= marked.seq) return []
    return [found('read mark', `${nameOf(marked)}: marked to ${marked.seq}, stored ${last}`)]
  })
}

/** What a device was told of its friends' marks, the library has to give to its application, and nothing else. */
function findUntold({ recording: { devices } }: Known): Finding[] {
  return devices.flatMap(({ name, marksTold, marksGiven }) =>
    [...new Set([...marksTold.keys(), ...marksGiven.keys()])].flatMap((target): Finding[] => {
      const [told, given] = [marksTold.get(target) ?? 0, marksGiven.get(target) ?? 0]
      return told === given ? [] : [found('read mark', `${name} was told ${told} of ${target}, and given ${given}`)]
    }),
  )
}

const finalMarks = ({ marks }: Stored): Map<string, number> =>
  new Map(marks.map((mark) => [nameOf(mark), mark.readSeq]))

const nameOf = ({ owner, target }: { owner: number; target: Target }): string => `${owner} in ${target}`
