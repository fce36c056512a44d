/** Judges a group that people come to and leave: by the notices in it, each message is from and for those who belonged to it then. */
import { MessageKind } from '../../lib/schema/tables.ts'
import { findChangeFaults, type Replayed, replay } from './check-change.ts'
import { type CrowdLog, type CrowdPage, type CrowdPerson, type CrowdRow, endless, type Stay } from './crowd-log.ts'
import { type Finding, found } from './finding.ts'

const comes = / (created|joined) the group$/
const goes = / left the group$| removed /
const isMuted = / muted /
const isFree = / lets .* write again$/

/** `pages` are what each may read in the end. */
export function checkCrowd(log: CrowdLog, rows: readonly CrowdRow[], pages: ReadonlyMap<number, CrowdPage>): Finding[] {
  const { people, acknowledged, asked, refused, offences } = log
  const { messages, findings } = replay(log, rows)
  findings.push(...offences.map((what) => found('offence', what)))
  const stays = new Map(people.map(({ id }) => [id, [] as Stay[]]))
  const muted = new Set<number>()
  const contents = new Set<string>()
  for (const [index, row] of rows.entries()) {
    const { seq, from, content, clientMessageId } = row
    if (refused.has(clientMessageId))
      findings.push(found('answer differs', `the crowd: ${seq} is stored, and was refused`))
    if (seq !== index + 1) findings.push(found('hole', `the crowd: ${seq} stands at ${index + 1}`))
    if (from === 0) follow(content, seq, people, stays, muted)
    else {
      const isInside = stays.get(from)?.at(-1)?.upTo === endless
      if (!isInside) findings.push(found('wrong verdict', `the crowd: ${seq} is from ${from}, who was not in it`))
      if (muted.has(from)) findings.push(found('wrong verdict', `the crowd: ${seq} is from ${from}, who was muted`))
      const [said] = messages.get(seq)?.texts.values() ?? []
      if (said === undefined) continue
      if (contents.has(said)) findings.push(found('doubled', `the crowd: ${said} at ${seq} again`))
      contents.add(said)
    }
  }
  for (const { from, content, id, seq } of acknowledged) {
    const row = rows[seq - 1]
    const isSame = row?.id === id && row.from === from && isKept(row, content, messages.get(seq))
    if (!isSame) findings.push(found('lost', `the crowd: ${content} was acknowledged as ${seq}, and is not there`))
  }
  const known = { rows, asked, messages, pages }
  for (const person of people) findings.push(...judge(person, stays.get(person.id) ?? [], known))
  findings.push(...findChangeFaults(log, messages, pages, stays))
  return findings
}

/** Whether a row is what was acknowledged: of a change, by its notice; of a message, by what its changes have left. */
function isKept(row: CrowdRow, content: string, message: Replayed | undefined): boolean {
  if (!message) return row.kind !== MessageKind.said
  return (
    message.isRecalled || (message.texts.get(row.seq) === content && [...message.texts.values()].at(-1) === row.content)
  )
}

function follow(
  notice: string,
  seq: number,
  people: readonly CrowdPerson[],
  stays: ReadonlyMap<number, Stay[]>,
  muted: Set<number>,
): void {
  // Who did it is named first, and to whom last.
  const named = people
    .filter(({ name }) => notice.includes(name))
    .sort((one, other) => notice.lastIndexOf(other.name) - notice.lastIndexOf(one.name))
  const [{ id } = { id: 0 }] = named
  const all = stays.get(id)
  if (comes.test(notice)) all?.push({ from: seq, upTo: endless })
  const last = all?.at(-1)
  if (goes.test(notice) && last) last.upTo = seq
  if (isFree.test(notice)) muted.delete(id)
  else if (isMuted.test(notice)) muted.add(id)
}

interface Known {
  rows: readonly CrowdRow[]
  asked: CrowdLog['asked']
  messages: ReadonlyMap<number, Replayed>
  pages: ReadonlyMap<number, CrowdPage>
}

function judge(person: CrowdPerson, stays: readonly Stay[], known: Known): Finding[] {
  const { id, name, given } = person
  const findings: Finding[] = []
  for (const { seq, content } of given) {
    const isOutside = !stays.some(({ from, upTo }) => seq >= from && seq <= upTo)
    if (isOutside) findings.push(found('wrong verdict', `the crowd: ${name} was given ${seq}, outside of it`))
    if (!textsOf(person, seq, known).includes(content))
      findings.push(found('disagreement', `the crowd: ${seq} of ${name} differs`))
  }
  const last = stays.at(-1)
  const wanted = last ? range(last.from, Math.min(last.upTo, known.rows.length)) : []
  const readable = (known.pages.get(id) ?? []).map(({ seq }) => seq)
  if (String(readable) !== String(wanted))
    findings.push(found('disagreement', `the crowd: ${name} may read ${spans(readable)} in place of ${spans(wanted)}`))
  const seen = new Set(given.map(({ seq }) => seq))
  // An application that was given nothing before learns of its stay by the list, and begins after the read mark: the notice of joining.
  const begin = last?.from ?? 0
  const wasThere = given.some(({ seq }) => seq < begin)
  const missing = last?.upTo === endless ? wanted.filter((seq) => (wasThere || seq > begin) && !seen.has(seq)) : []
  if (missing.length > 0) findings.push(found('missed in silence', `the crowd: ${name} lacks ${spans(missing)}`))
  return findings
}

/** What somebody may have been given at a place. To whoever makes a change, the library gives it as it was asked for. */
function textsOf({ id }: CrowdPerson, seq: number, { rows, asked, messages }: Known): string[] {
  const row = rows[seq - 1]
  if (!row) return []
  const own = row.from === id ? asked.get(row.clientMessageId)?.content : undefined
  return [row.content, ...(messages.get(seq)?.texts.values() ?? []), ...(own === undefined ? [] : [own])]
}

const range = (from: number, upTo: number): number[] =>
  Array.from({ length: Math.max(0, upTo - from + 1) }, (_, index) => from + index)

const spans = (seqs: readonly number[]): string =>
  seqs.length === 0 ? 'nothing' : `${seqs.length} from ${seqs[0]} to ${seqs.at(-1)}`
