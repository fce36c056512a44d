/** What is listened in to under a chat, and how it is written down. */
import { now } from './clock.ts'
import { numberOf, textOf } from './frame.ts'
import type { Ledger } from './ledger.ts'
import type { Person } from './people.ts'
import type { Random } from './random.ts'
import type { DeviceLog, Recording, Seen } from './recording.ts'
import type { Target } from './target.ts'

export interface TapOptions {
  owner: Person
  log: DeviceLog
  /** It connects as GoChat's own pages do: by its token, and takes no arrays. */
  isOld: boolean
  /** So many times faster run the library's timers. */
  pace: number
  random: Random
  recording: Recording
  ledger: Ledger
}

/** Takes note of a message, whichever way a device learnt of it. */
export function note(
  { seen }: DeviceLog,
  via: Seen['via'],
  placed: unknown,
  what: { target: Target; from: number; content?: string },
): void {
  const [seq, id, createdAt] = [numberOf(placed, 'seq'), numberOf(placed, 'id'), numberOf(placed, 'created_at')]
  const { target, from, content = textOf(placed, 'content') } = what
  seen.push({ at: now(), via, target, seq, id, from, content, createdAt })
}

/** A mark of another user was told to this device, or passed on to its application. */
export function noteMark(marks: Map<Target, number>, target: Target, seq: number): void {
  if (seq > (marks.get(target) ?? 0)) marks.set(target, seq)
}
