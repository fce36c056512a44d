/** Pairs of friends who talk, and judge what they receive at once: a long run leaves nothing behind but counts. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import { befriend, type Person, signUp } from '../infra/client/people.ts'
import { connect, type Frame } from '../infra/client/socket.ts'
import { inParallel } from '../lib/core/in-parallel.ts'
import type { Findings } from './result.ts'
import { notStored, type Sent } from './stored.ts'
import type { Target } from './testbed.ts'

/** The form of the messages. */
export interface Form {
  /** The clients take arrays of frames. */
  batch: boolean
  /** Messages carry an id of the client, and are acknowledged when they are stored. */
  acks: boolean
}

export interface Speaker extends Sent {
  readonly socket: WebSocket
  readonly sentAt: number[]
  acked: number
  /** What the other side has received of these messages. */
  readonly received: Received
}

interface Received {
  /** The number that comes next if nothing is missing. */
  next: number
  readonly missing: Set<number>
  lastSeq: number
  doubled: number
  disordered: number
}

export interface People {
  readonly form: Form
  /** Each beside their friend. */
  readonly speakers: readonly Speaker[]
  /** Messages that have arrived, acknowledgements, WebSocket messages that brought them, refusals. */
  readonly counts: { received: number; acked: number; posts: number; refused: number }
  /** Milliseconds from each message's sending to its arrival and to its acknowledgement. */
  latencies: Latencies
  close(): void
}

export interface Latencies {
  received: number[]
  acked: number[]
}

const text = 'is what one says to the other, as long as such things are'

type OnAnswered = (speaker: Speaker) => void

/**
 * Signs people up, makes them friends and connects them. `onAnswered` is called for each message that has arrived; with
 * acks, for each that is acknowledged.
 */
export async function connectPeople(
  { base }: Target,
  { pairs: count, ...form }: Form & { pairs: number },
  onAnswered?: OnAnswered,
): Promise<People> {
  const counts = { received: 0, acked: 0, posts: 0, refused: 0 }
  const speakers: Speaker[] = []
  const close = (): void => {
    for (const { socket } of speakers) socket.close()
  }
  const people: People = { form, speakers, counts, latencies: { received: [], acked: [] }, close }
  const pairs = await inParallel(Array(count).keys(), 4, () => signUpFriends(base))
  await inParallel(pairs.flat().entries(), 8, async ([index, person]) => {
    const friend = pairs[index >> 1]?.[1 - (index & 1)]
    if (!friend) return
    const query = { token: person.token, frames: form.batch ? ('batch' as const) : undefined }
    const socket = await connect(base, query, (frames) => {
      counts.posts += 1
      for (const frame of frames) take(people, frame, index, onAnswered)
    })
    const received = { next: 0, missing: new Set<number>(), lastSeq: 0, doubled: 0, disordered: 0 }
    speakers[index] = { person, targetId: friend.id, socket, sentAt: [], acked: 0, received }
  })
  return people
}

async function signUpFriends(base: string): Promise<readonly [Person, Person]> {
  const friends = [await signUp(base, 'ada'), await signUp(base, 'bob')] as const
  await befriend(base, ...friends)
  return friends
}

/** Counts a frame that has come to the speaker at `index`. */
function take(people: People, frame: Frame, index: number, onAnswered?: OnAnswered): void {
  const [owner, friend] = [people.speakers[index], people.speakers[index ^ 1]]
  if (!owner || !friend) return
  if (frame.type === 2) {
    const number = Number.parseInt(String(frame.content), 10)
    // A server without numbers of its own gives none to check.
    const isFirst = note(friend.received, number, Number(frame.seq ?? friend.received.lastSeq + 1))
    if (isFirst) answered(people, 'received', friend, number, onAnswered)
  } else if (frame.type === 5) {
    owner.acked += 1
    answered(people, 'acked', owner, Number(frame.client_msg_id), onAnswered)
  } else if (frame.type === 9) people.counts.refused += 1
}

function answered(
  { counts, latencies, form }: People,
  how: 'received' | 'acked',
  speaker: Speaker,
  number: number,
  onAnswered?: OnAnswered,
): void {
  counts[how] += 1
  latencies[how].push(performance.now() - (speaker.sentAt[number] ?? 0))
  if (form.acks === (how === 'acked')) onAnswered?.(speaker)
}

/** The latencies since they were last taken. */
export function takeLatencies(people: People): Latencies {
  const taken = people.latencies
  people.latencies = { received: [], acked: [] }
  return taken
}

/** Sends the speaker's next message. */
export function sendNext({ form }: People, { socket, targetId, sentAt }: Speaker): void {
  const number = sentAt.length
  const id = form.acks ? `,"client_msg_id":"${number}"` : ''
  sentAt.push(performance.now())
  socket.send(`{"type":2,"target_id":${targetId},"content":"${number} ${text}","media":1${id}}`)
}

/** Resolves when all messages have arrived, and are acknowledged if they asked for it, or nothing has come for 10 s. */
export async function untilReceived({ form, counts, speakers }: People, sent = sentBy(speakers)): Promise<void> {
  const done = (): number => counts.received + (form.acks ? counts.acked : 0)
  let [before, movedAt] = [done(), performance.now()]
  while (done() < sent * (form.acks ? 2 : 1) && performance.now() - movedAt < 10_000) {
    await sleep(5)
    if (done() > before) [before, movedAt] = [done(), performance.now()]
  }
}

/** Waits for what was sent, and judges it: each side must have what the other sent, once, in order; all of it is stored. */
export async function judge(target: Target, people: People): Promise<Findings> {
  const { form, speakers } = people
  await untilReceived(people)
  // Repeats may come late.
  await sleep(500)
  const findings = { lost: 0, doubled: 0, disordered: 0, notStored: await notStored(target, speakers) }
  for (const { sentAt, acked, received } of speakers) {
    const lost = received.missing.size + sentAt.length - received.next
    findings.lost += Math.max(lost, form.acks ? sentAt.length - acked : 0)
    findings.doubled += received.doubled + (form.acks ? Math.max(acked - sentAt.length, 0) : 0)
    findings.disordered += received.disordered
  }
  return findings
}

const sentBy = (speakers: readonly Speaker[]): number => speakers.reduce((sum, { sentAt }) => sum + sentAt.length, 0)

/** Notes an arrival. @returns whether it is the first of that message. */
function note(received: Received, number: number, seq: number): boolean {
  if (number < received.next && !received.missing.delete(number)) {
    received.doubled += 1
    return false
  }
  if (number < received.next || seq <= received.lastSeq) received.disordered += 1
  for (let passed = received.next; passed < number; passed++) received.missing.add(passed)
  received.next = Math.max(received.next, number + 1)
  received.lastSeq = Math.max(received.lastSeq, seq)
  return true
}
