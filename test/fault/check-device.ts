/** Devices: each has what the database has, and is told when it misses something. */
import { type Finding, found, type Known } from './finding.ts'
import type { DeviceLog, Seen, StoredRow } from './recording.ts'
import { conversationOf, type Target } from './target.ts'

export function findDeviceFaults(known: Known): Finding[] {
  const ownUnnamed = new Map(
    known.recording.sent.flatMap(({ clientMessageId, content, attempts }) =>
      clientMessageId === undefined ? [[content, attempts[0]?.device]] : [],
    ),
  )
  return known.recording.devices.flatMap((device) => [
    ...findDisagreements(device, known),
    ...findMisgiven(device),
    ...findAbsent(device, known),
    ...findMissed(device, known, ownUnnamed),
  ])
}

// One finding a message, however often a wrong copy was seen.
function findDisagreements({ name, owner, seen }: DeviceLog, { byId }: Known): Finding[] {
  const findings = new Map<string, Finding>()
  for (const one of seen) {
    const row = byId.get(one.id)
    if (row && isSame(row, one, owner)) continue
    const what = row ? 'differs from what is stored' : `with id ${one.id} is not stored`
    findings.set(placeOf(one), found('disagreement', `${name} of ${one.target}: ${one.seq}, by ${one.via}, ${what}`))
  }
  return [...findings.values(), ...findTwice(name, seen)]
}

function isSame(row: StoredRow, { seq, from, content, createdAt, target }: Seen, owner: number): boolean {
  const isPlace = row.seq === seq && row.conversation === conversationOf(owner, target)
  return isPlace && row.from === from && row.content === content && row.createdAt === createdAt
}

// A push may be repeated, but then it is the same message at the same place.
function findTwice(name: string, seen: readonly Seen[]): Finding[] {
  const places = new Map<number, string>()
  const findings = new Map<number, Finding>()
  for (const one of seen) {
    const { id } = one
    const place = placeOf(one)
    const before = places.get(id)
    if (before !== undefined && before !== place) {
      findings.set(id, found('doubled', `${name} has ${id} at ${before} and at ${place}`))
    }
    places.set(id, place)
  }
  return [...findings.values()]
}

/** What the library gives: in each conversation 1, 2, 3 …, each once. */
function findMisgiven({ name, seen }: DeviceLog): Finding[] {
  const last = new Map<Target, number>()
  return seen.flatMap(({ via, target, seq }): Finding[] => {
    if (via !== 'event') return []
    const before = last.get(target) ?? 0
    last.set(target, Math.max(before, seq))
    if (seq === before + 1) return []
    const how = seq > before ? 'after' : 'again or late, after'
    return [found(seq > before ? 'disordered' : 'doubled', `${name} was given ${seq} of ${target} ${how} ${before}`)]
  })
}

function rowsOf(device: DeviceLog, target: Target, { byConversation }: Known): readonly StoredRow[] {
  return byConversation.get(conversationOf(device.owner, target)) ?? []
}

function findAbsent(device: DeviceLog, known: Known): Finding[] {
  const has = new Set(device.seen.filter(({ via }) => via === 'event').map(placeOf))
  return [...device.beforeLastSync.keys()].flatMap((target): Finding[] => {
    const absent = rowsOf(device, target, known).filter(({ seq }) => !has.has(placeOf({ target, seq })))
    return absent.length === 0
      ? []
      : [found('lost', `${device.name} has not got ${places(absent)} of ${target} after its last sync`)]
  })
}

function findMissed(device: DeviceLog, known: Known, ownUnnamed: ReadonlyMap<string, string | undefined>): Finding[] {
  return [...device.beforeLastSync].flatMap(([target, seqs]): Finding[] => {
    // A device hears nothing of the messages that it sent without an id.
    const missed = rowsOf(device, target, known).filter(
      ({ seq, content }) => !seqs.has(seq) && ownUnnamed.get(content) !== device.name,
    )
    return missed.length === 0
      ? []
      : [found('missed in silence', `${device.name} was not told of ${places(missed)} of ${target}`)]
  })
}

function places(rows: readonly StoredRow[]): string {
  const first = rows.slice(0, 3).map(({ seq }) => seq)
  return rows.length > 3 ? `${first.join(', ')} and ${rows.length - 3} more` : first.join(', ')
}

const placeOf = ({ target, seq }: { target: Target; seq: number }): string => `${target} ${seq}`
