/** Judges files: whoever may read a message has what was sent in it, and nobody else has anything of it. */
import { type Finding, found, type Known } from './finding.ts'
import type { FileLog, Recording, StoredRow } from './recording.ts'
import { conversationOf } from './target.ts'

export function findFileFaults({ recording, stored }: Pick<Known, 'recording' | 'stored'>): Finding[] {
  const rowsByPath = Map.groupBy(stored.messages, ({ content }) => pathOf(content))
  const linksByPath = Map.groupBy(stored.links, ({ path }) => path)
  return recording.files.flatMap((file) => {
    const path = pathOf(file.address) ?? ''
    // Somebody else's message that names it gives it to nobody: none of them might see it.
    const sent = (rowsByPath.get(path) ?? []).filter(({ from }) => from === file.owner)
    const readers = new Set([file.owner, ...sent.flatMap((row) => recording.conversations.get(row.conversation) ?? [])])
    return [
      ...findWrongLinks(path, sent, linksByPath.get(path) ?? []),
      ...file.fetched.flatMap(({ by, isLast, kind, detail }): Finding[] => {
        if (detail === 'FAULT') return [found('offence', `${by} asked for ${path}, and met a fault`)]
        if (kind !== 'bytes') {
          const isMissing = isLast && readers.has(by) && sent.length > 0
          return isMissing ? [found('file lost', `${path}: ${by}, who may read it, got ${detail}`)] : []
        }
        if (!readers.has(by) || file.hash === undefined) return [found('file shown', `${path} to ${by || 'anybody'}`)]
        return detail === file.hash ? [] : [found('file differs', `${path}, as ${by} got it`)]
      }),
    ]
  })
}

function findWrongLinks(path: string, sent: readonly StoredRow[], links: readonly Place[]): Finding[] {
  const isAt = (one: Place) => (other: Place) => one.conversation === other.conversation && one.seq === other.seq
  return [
    ...sent
      .filter((row) => !links.some(isAt(row)))
      .map(({ conversation, seq }) => found('file lost', `${path} has no link to ${seq} of ${conversation}`)),
    ...links
      .filter((link) => !sent.some(isAt(link)))
      .map(({ conversation, seq }) => found('file shown', `${path} has a link to ${seq} of ${conversation}`)),
  ]
}

interface Place {
  conversation: string
  seq: number
}

/** Who may see it once what was sent so far is stored. */
export function readersOf({ address, owner }: FileLog, { sent, conversations }: Recording): Set<number> {
  const messages = sent.filter(({ content, from, isAllowed }) => content === address && from === owner && isAllowed)
  return new Set([owner, ...messages.flatMap(({ from, to }) => conversations.get(conversationOf(from, to)) ?? [])])
}

const pathOf = (content: string): string | undefined => URL.parse(content)?.pathname
