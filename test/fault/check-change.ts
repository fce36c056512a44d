/** Judges changes of messages: played again in their order, they leave what everybody may read, and what applications show. */
import { MessageKind } from '../../lib/schema/tables.ts'
import type { Message } from '../../web/client/src/index.ts'
import { type Asked, type CrowdLog, type CrowdPage, type CrowdRow, endless, type Stay } from './crowd-log.ts'
import { type Finding, found } from './finding.ts'

/** A message as its changes have left it. */
export interface Replayed {
  /** All that it has said, by the seq from which on it did. */
  texts: Map<number, string>
  isRecalled: boolean
  /** Emojis by user. */
  reactions: Map<number, string>
  changedSeq: number
}

type Read = Pick<Message, 'content' | 'state'>

/** What the changes among the rows make of each message. Findings are those that nobody wanted, or that have come about twice. */
export function replay({ asked }: Pick<CrowdLog, 'asked'>, rows: readonly CrowdRow[]) {
  const messages = new Map<number, Replayed>()
  const findings: Finding[] = []
  const done = new Set<string>()
  for (const { seq, from, content, kind, clientMessageId } of rows) {
    if (kind === MessageKind.said) {
      const texts = new Map([[seq, asked.get(clientMessageId)?.content ?? content]])
      messages.set(seq, { texts, isRecalled: false, reactions: new Map(), changedSeq: 0 })
      continue
    }
    const entry = asked.get(clientMessageId)
    const message = messages.get(entry?.change?.seq ?? 0)
    if (entry?.from !== from || !message || message.isRecalled)
      findings.push(found('wrong verdict', `the crowd: ${seq} changes what ${from} may not change, or did not want to`))
    else if (done.has(clientMessageId)) findings.push(found('doubled', `the crowd: ${seq} is the same change again`))
    else apply(message, entry, seq)
    done.add(clientMessageId)
  }
  return { messages, findings }
}

function apply(message: Replayed, { from, change, content }: Asked, seq: number): void {
  message.changedSeq = seq
  if (change?.action === 'edit') message.texts.set(seq, content)
  else if (change?.action === 'recall') message.isRecalled = true
  else if (content === '') message.reactions.delete(from)
  else message.reactions.set(from, content)
}

/** What whoever is still there reads and shows, and what nobody may ever have read: an edit of when they were not there. */
export function findChangeFaults(
  { people }: Pick<CrowdLog, 'people'>,
  messages: ReadonlyMap<number, Replayed>,
  pages: ReadonlyMap<number, CrowdPage>,
  stays: ReadonlyMap<number, readonly Stay[]>,
): Finding[] {
  return people.flatMap(({ id, name, shown }) => {
    const page = pages.get(id) ?? []
    const own = stays.get(id) ?? []
    const isThere = own.at(-1)?.upTo === endless
    const findings = [...page, ...shown.values()].flatMap((read) => {
      const from = [...(messages.get(read.seq)?.texts ?? [])].find(([, text]) => text === read.content)?.[0]
      const mayBe =
        from === undefined || from === read.seq || own.some((stay) => from >= stay.from && from <= stay.upTo)
      return mayBe ? [] : found('wrong verdict', `the crowd: ${name} has read what ${read.seq} said from ${from} on`)
    })
    for (const row of isThere ? page : []) {
      const message = messages.get(row.seq)
      if (!message) continue
      const wanted = summaryOfReplayed(message)
      const application = shown.get(row.seq)
      const differs = (what: string, read: Read) =>
        `the crowd: ${name} ${what} ${row.seq} as ${summaryOf(read)}, not ${wanted}`
      if (summaryOf(row) !== wanted) findings.push(found('disagreement', differs('reads', row)))
      if (application && summaryOf(application) !== wanted)
        findings.push(found('missed in silence', differs('shows', application)))
    }
    return findings
  })
}

/** Two are the same if the messages look the same. What a recalled message says is its clients' own. */
const summary = (
  content: string,
  changedSeq: number,
  isEdited: boolean,
  isRecalled: boolean,
  reactions: Map<number, string>,
) =>
  isRecalled
    ? `recalled at ${changedSeq}`
    : JSON.stringify([content, changedSeq, isEdited, [...reactions].sort(([one], [other]) => one - other)])

const summaryOfReplayed = ({ texts, changedSeq, isRecalled, reactions }: Replayed): string =>
  summary([...texts.values()].at(-1) ?? '', changedSeq, texts.size > 1, isRecalled, reactions)

function summaryOf({ content, state }: Read): string {
  const { edited = false, recalled = false, reactions = [], changed_seq = 0 } = state ?? {}
  const byUser = new Map(reactions.flatMap(({ emoji, user_ids }) => user_ids.map((id) => [id, emoji] as const)))
  return summary(content, changed_seq, edited, recalled, byUser)
}
