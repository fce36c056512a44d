/** A run as the checker reads it, made by hand: all is well in it. */
import { check } from '../fault/checker.ts'
import type { Kind } from '../fault/finding.ts'
import {
  type Answer,
  emptyRecording,
  type Recording,
  type Seen,
  type Sent,
  type Stored,
  type StoredRow,
} from '../fault/recording.ts'
import { groupTarget, type Target, userTarget } from '../fault/target.ts'

export const ada = 1
export const bob = 2
export const carol = 3
export const eve = 4

/** A conversation: its name, and what each of its members calls it. */
interface Place {
  name: string
  targets: Map<number, Target>
}

export const pair: Place = {
  name: '1 and 2',
  targets: new Map([
    [ada, userTarget(bob)],
    [bob, userTarget(ada)],
  ]),
}
/** It has bob's id. */
export const group: Place = {
  name: 'group 2',
  targets: new Map([ada, bob, carol].map((member) => [member, groupTarget(2)])),
}

export interface Run {
  recording: Recording
  stored: Stored
  /** What is tested: its messages, marks and so on are the first. */
  place: Place
  /** What ada and bob call it. */
  adas: Target
  bobs: Target
}

const targetOf = ({ targets }: Place, member: number): Target => targets.get(member) ?? userTarget(0)

/** Ada says two things in the place, one after the other, and the same number in the other; all have them on their one device. */
function goodRun(place: Place): Run {
  const recording = emptyRecording()
  const stored: Stored = { conversations: [], messages: [], marks: [], links: [] }
  recording.devices = [ada, bob, carol].map((owner) => ({
    name: `${owner}/1`,
    owner,
    seen: [],
    connects: 1,
    marksTold: new Map(),
    marksGiven: new Map(),
    beforeLastSync: new Map(),
  }))
  for (const one of [place, place === pair ? group : pair]) talk(recording, stored, one)
  return { recording, stored, place, adas: targetOf(place, ada), bobs: targetOf(place, bob) }
}

function talk(recording: Recording, stored: Stored, { name, targets }: Place): void {
  const rows = [1, 2].map((seq) => row(name, seq, `${name} m${seq}`))
  recording.conversations.set(name, [...targets.keys()])
  stored.conversations.push({ conversation: name, lastSeq: 2 })
  stored.messages.push(...rows)
  for (const { id, seq, content, createdAt } of rows) {
    const at = seq * 100
    const attempts = [{ at, device: '1/1', answeredAt: at + 10 }]
    const answers: Answer[] = [{ at: at + 10, kind: 'stored', id, seq, createdAt, isDuplicate: false }]
    const to = targets.get(ada) ?? userTarget(0)
    recording.sent.push({ content, from: ada, to, clientMessageId: content, attempts, answers, isAllowed: true })
  }
  for (const device of recording.devices) {
    const target = targets.get(device.owner)
    if (!target) continue
    device.seen.push(...rows.map((one) => seenOf(one, target)))
    device.beforeLastSync.set(target, new Set([1, 2]))
    // Bob has read the first, all others nothing.
    const [readSeq, unread] = device.owner === ada ? [0, 0] : device.owner === bob ? [1, 1] : [0, 2]
    stored.marks.push({ owner: device.owner, target, readSeq, unread })
    if (name === pair.name) recording.unread.push({ owner: device.owner, target, count: unread })
  }
}

export function row(conversation: string, seq: number, content: string): StoredRow {
  const id = (conversation === pair.name ? 10 : 20) + seq
  return { id, conversation, seq, from: ada, content, createdAt: 1_000 + seq, clientMessageId: content }
}

const seenOf = ({ seq, id, from, content, createdAt }: StoredRow, target: Target): Seen => {
  return { at: seq * 100 + 20, via: 'event', target, seq, id, from, content, createdAt }
}

export const refusal = (reason: string): Answer => ({ at: 1, kind: 'refused', reason, isRetryable: false })

export function kindsAfter(place: Place, change: (run: Run) => void): Kind[] {
  const run = goodRun(place)
  change(run)
  return [...new Set(check(run.recording, run.stored).map(({ kind }) => kind))]
}

/** What is at this place of a list. */
export function at<T>(items: readonly T[], index: number): T {
  const found = items[index]
  if (found === undefined) throw new Error(`there is nothing at ${index}`)
  return found
}

export const sentAt = ({ recording }: Run, index: number): Sent => at(recording.sent, index)

/** Eve writes to the group, of which she is no member. */
export const vain = (reason: string): Sent => {
  const attempts = [{ at: 1, device: 'eve/1', answeredAt: 2 }]
  const answers = [refusal(reason)]
  return { content: 'v', from: eve, to: groupTarget(2), clientMessageId: 'v', attempts, answers, isAllowed: false }
}
