/** Pairs of friends who talk, and judge what they hear at once: a long run leaves nothing behind but counts. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import { befriend, signUp } from '../infra/client/people.ts'
import { connect, type Frame } from '../infra/client/socket.ts'
import { inParallel } from '../lib/core/in-parallel.ts'
import type { Findings } from './result.ts'
import type { Target } from './stage.ts'
import { notStored, type Said } from './stored.ts'

export interface Speaker extends Said {
  readonly socket: WebSocket
  readonly sentAt: number[]
  /** How many of them have been answered with an ack. */
  acked: number
  /** What the other side has heard of them. */
  readonly hearing: Hearing
}

/** One direction of a pair, at its end. */
export interface Hearing {
  /** The number that comes next if nothing is missing. */
  next: number
  readonly missing: Set<number>
  lastSeq: number
  doubled: number
  disordered: number
}

export interface Manner {
  pairs: number
  /** The clients take arrays of frames. */
  batch: boolean
  /** Messages carry an id of the client, and are answered when they are stored. */
  acks: boolean
}

export interface Crowd {
  readonly manner: Manner
  /** Each beside their friend. */
  readonly speakers: readonly Speaker[]
  /** Messages that have arrived, WebSocket messages that brought them, refusals. */
  readonly counts: { heard: number; acked: number; posts: number; refused: number }
  close(): void
}

export interface Listener {
  onHeard(from: Speaker, latencyMs: number): void
  onAcked(to: Speaker, latencyMs: number): void
}

const text = 'is what one says to the other, as long as such things are'

/** Signs people up, makes them friends and connects them. */
export async function gather(target: Target, manner: Manner, listener: Listener): Promise<Crowd> {
  const counts = { heard: 0, acked: 0, posts: 0, refused: 0 }
  const { base } = target
  const pairs = await inParallel(Array(manner.pairs).keys(), 4, async () => {
    const people = [await signUp(base, 'ada'), await signUp(base, 'bob')] as const
    await befriend(base, ...people)
    return people
  })
  const speakers: Speaker[] = []
  await inParallel(pairs.flat().entries(), 8, async ([index, person]) => {
    const friend = pairs[index >> 1]?.[1 - (index & 1)]
    if (!friend) return
    const query = { token: person.token, frames: manner.batch ? ('batch' as const) : undefined }
    const socket = await connect(base, query, (frames) => {
      counts.posts += 1
      for (const frame of frames) take(frame, index)
    })
    const hearing = { next: 0, missing: new Set<number>(), lastSeq: 0, doubled: 0, disordered: 0 }
    speakers[index] = { person, targetId: friend.id, socket, sentAt: [], acked: 0, hearing }
  })

  function take(frame: Frame, index: number): void {
    const [owner, friend] = [speakers[index], speakers[index ^ 1]]
    if (!owner || !friend) return
    if (frame.type === 2) {
      const number = Number.parseInt(String(frame.content), 10)
      // A server without numbers of its own gives none to check.
      if (!hear(friend.hearing, number, Number(frame.seq ?? friend.hearing.lastSeq + 1))) return
      counts.heard += 1
      listener.onHeard(friend, performance.now() - (friend.sentAt[number] ?? 0))
    } else if (frame.type === 5) {
      counts.acked += 1
      owner.acked += 1
      listener.onAcked(owner, performance.now() - (owner.sentAt[Number(frame.client_msg_id)] ?? 0))
    } else if (frame.type === 9) counts.refused += 1
  }

  const close = (): void => {
    for (const { socket } of speakers) socket.close()
  }
  return { manner, speakers, counts, close }
}

/** Sends the speaker's next message. */
export function say({ manner }: Crowd, { socket, targetId, sentAt }: Speaker): void {
  const number = sentAt.length
  const id = manner.acks ? `,"client_msg_id":"${number}"` : ''
  sentAt.push(performance.now())
  socket.send(`{"type":2,"target_id":${targetId},"content":"${number} ${text}","media":1${id}}`)
}

/** Resolves when everything that was sent has arrived, and is acknowledged if it asked for it, or nothing has moved for 5 s. */
export async function untilHeard({ manner, speakers, counts }: Crowd): Promise<void> {
  const sent = speakers.reduce((sum, { sentAt }) => sum + sentAt.length, 0)
  const done = (): number => counts.heard + (manner.acks ? counts.acked : 0)
  let [before, movedAt] = [done(), performance.now()]
  while (done() < sent * (manner.acks ? 2 : 1) && performance.now() - movedAt < 5_000) {
    await sleep(20)
    if (done() > before) [before, movedAt] = [done(), performance.now()]
  }
  // What comes twice may come late.
  await sleep(500)
}

/** Judges everything that was said: each side must have what the other sent, once, in order; all of it is stored. */
export async function judge(target: Target, { manner, speakers }: Crowd): Promise<Findings> {
  const findings = { lost: 0, doubled: 0, disordered: 0, notStored: await notStored(target, speakers) }
  for (const { sentAt, acked, hearing } of speakers) {
    const lost = hearing.missing.size + sentAt.length - hearing.next
    findings.lost += Math.max(lost, manner.acks ? sentAt.length - acked : 0)
    findings.doubled += hearing.doubled + (manner.acks ? Math.max(acked - sentAt.length, 0) : 0)
    findings.disordered += hearing.disordered
  }
  return findings
}

/** Notes an arrival. @returns whether it is the first of that message. */
function hear(hearing: Hearing, number: number, seq: number): boolean {
  if (number < hearing.next && !hearing.missing.delete(number)) {
    hearing.doubled += 1
    return false
  }
  if (number < hearing.next || seq <= hearing.lastSeq) hearing.disordered += 1
  for (let passed = hearing.next; passed < number; passed++) hearing.missing.add(passed)
  hearing.next = Math.max(hearing.next, number + 1)
  hearing.lastSeq = Math.max(hearing.lastSeq, seq)
  return true
}
