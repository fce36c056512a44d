/** What one person says to a friend or in a group: sends, waits, sends again, as our client library does. */

import type { Frame } from '../../infra/client/socket.ts'
import type { Device as Whole } from './device.ts'
import { numberOf, textOf } from './frame.ts'
import type { Random } from './random.ts'
import type { Answer, Probe, Recording, Sent } from './recording.ts'
import { messageTo, type Target, twinOf } from './target.ts'

/** What a sender uses of a device. */
type Device = Pick<Whole, 'name' | 'isOpen' | 'send' | 'learn'>

export interface SenderOptions {
  from: number
  to: Target
  devices: readonly Device[]
  /** How many may be unanswered at a time. */
  window: number
  random: Random
  recording: Recording
  /** A number that nobody else in the run gets. */
  nextNumber: () => string
  isAllowed: boolean
}

const answerWithinMs = 4_500
// Messages without an id are not acknowledged; a refusal comes within 3 s.
const refusalWithinMs = 4_000

interface Flight {
  sent: Sent
  timer: NodeJS.Timeout | undefined
  device: Device | undefined
}

export class Sender {
  readonly #options: SenderOptions
  readonly #flights = new Map<string, Flight>()
  readonly #answered = new Map<string, Sent>()
  readonly #probes = new Map<string, { probe: Probe; original: Sent }>()
  /** Messages that were sent without an id a short while ago. */
  readonly #unnamed = new Map<Sent, { device: Device; at: number }>()
  #isStopped = false

  constructor(options: SenderOptions) {
    this.#options = options
  }

  get isAllowed(): boolean {
    return this.#options.isAllowed
  }

  get isReady(): boolean {
    return this.#flights.size < this.#options.window && this.#options.devices.some(({ isOpen }) => isOpen)
  }

  get unanswered(): number {
    return this.#flights.size
  }

  /** Says something new. */
  say(isNamed: boolean, padding: number): void {
    const { from, to, recording, nextNumber, isAllowed } = this.#options
    const number = nextNumber()
    const content = `${number} ${'x'.repeat(padding)}`
    const sent: Sent = { content, from, to, attempts: [], answers: [], isAllowed }
    recording.sent.push(sent)
    if (isNamed) {
      sent.clientMessageId = number
      const flight: Flight = { sent, timer: undefined, device: undefined }
      this.#flights.set(number, flight)
      this.#attempt(flight)
    } else this.#sayUnnamed(sent)
  }

  /** Sends an answered message again; the answer must be the same. */
  repeat(): void {
    // One attempt at a time: with two, an answer could not be assigned.
    const sent = this.#options.random.pick([...this.#answered.values()].filter(isOver))
    const device = this.#openDevice()
    if (!sent || !device) return
    sent.attempts.push({ at: Date.now(), device: device.name })
    device.send(frameOf(sent))
  }

  /** Sends another message under an id that was used: another text, or the same text to the twin of the target. */
  probe(): void {
    const { from, to, random, recording, nextNumber } = this.#options
    // Only messages that were sent once: a later answer with `duplicate` must be the probe's.
    const isSettled = ({ attempts, answers }: Sent): boolean => attempts.length === 1 && answers.length === 1
    const id = random.pick([...this.#answered].flatMap(([key, sent]) => (isSettled(sent) ? [key] : [])))
    const device = this.#openDevice()
    if (id === undefined || !device) return
    const original = this.#answered.get(id)
    if (!original) return
    const other = random.chance(0.5) ? { content: nextNumber(), to } : { content: original.content, to: twinOf(to) }
    const probe: Probe = { ...other, from, answers: [] }
    this.#answered.delete(id)
    this.#probes.set(id, { probe, original })
    recording.probes.push(probe)
    device.send(messageTo(probe.to, probe.content, id))
  }

  /** An answer that came to `device`. @returns whether it was one of ours. */
  answered(device: Device, id: string, frame: Frame): boolean {
    const answer = answerOf(frame)
    const probed = this.#probes.get(id)
    const flight = this.#flights.get(id)
    const sent = flight?.sent ?? this.#answered.get(id)
    if (probed) {
      // A redelivered batch repeats the answer to the original, without `duplicate`.
      const { probe, original } = probed
      const isRepeated = answer.kind === 'stored' && !answer.isDuplicate
      ;(isRepeated ? original : probe).answers.push(answer)
      return true
    }
    if (!sent) return false
    sent.answers.push(answer)
    const last = sent.attempts.at(-1)
    if (last && last.answeredAt === undefined) {
      last.answeredAt = answer.at
      last.isRefused = answer.kind === 'refused' && answer.isRetryable
    }
    if (answer.kind === 'stored') device.learn(frame, sent.content)
    if (flight) this.#settle(flight, id, answer, numberOf(frame, 'retry_after_ms'))
    return true
  }

  /** A message without an id was refused on this device, or its connection ended. */
  lost(device: Device, isConnection: boolean): void {
    for (const [sent, { device: sender, at }] of this.#unnamed) {
      if (Date.now() - at > refusalWithinMs) this.#unnamed.delete(sent)
      else if (sender === device) sent.isUncertain = true
    }
    if (!isConnection) return
    const flights = [...this.#flights.values()].filter((flight) => flight.device === device)
    for (const { attempts } of [...flights.map(({ sent }) => sent), ...this.#answered.values()]) {
      const last = attempts.at(-1)
      if (last?.device === device.name && last.answeredAt === undefined) last.isCut = true
    }
    for (const flight of flights) this.#again(flight, 200)
  }

  stop(): void {
    this.#isStopped = true
    for (const { timer } of this.#flights.values()) clearTimeout(timer)
  }

  #sayUnnamed(sent: Sent): void {
    const device = this.#openDevice()
    if (!device) return
    sent.attempts.push({ at: Date.now(), device: device.name })
    this.#unnamed.set(sent, { device, at: Date.now() })
    if (!device.send(frameOf(sent))) sent.isUncertain = true
  }

  #attempt(flight: Flight): void {
    const { sent } = flight
    const device = this.#openDevice()
    flight.device = device
    if (!device) {
      this.#again(flight, 200)
      return
    }
    sent.attempts.push({ at: Date.now(), device: device.name })
    device.send(frameOf(sent))
    this.#again(flight, answerWithinMs)
  }

  #settle(flight: Flight, id: string, answer: Answer, retryAfterMs: number): void {
    if (answer.kind === 'refused' && answer.isRetryable) {
      this.#again(flight, (retryAfterMs || 300) + this.#options.random.between(0, 200))
      return
    }
    clearTimeout(flight.timer)
    this.#flights.delete(id)
    if (answer.kind !== 'stored') return
    this.#answered.set(id, flight.sent)
    if (this.#answered.size <= 20) return
    for (const [oldest, sent] of [...this.#answered].slice(0, 5)) if (isOver(sent)) this.#answered.delete(oldest)
  }

  #again(flight: Flight, afterMs: number): void {
    clearTimeout(flight.timer)
    if (!this.#isStopped) flight.timer = setTimeout(() => this.#attempt(flight), afterMs)
  }

  #openDevice(): Device | undefined {
    return this.#options.random.pick(this.#options.devices.filter(({ isOpen }) => isOpen))
  }
}

/** Its last attempt has its answer, or will have none. */
function isOver({ attempts }: Sent): boolean {
  const last = attempts.at(-1)
  return last?.answeredAt !== undefined || last?.isCut === true
}

const frameOf = ({ to, content, clientMessageId }: Sent): Frame => messageTo(to, content, clientMessageId)

function answerOf(frame: Frame): Answer {
  const at = Date.now()
  if (frame.type === 5) {
    const [id, seq, createdAt] = [numberOf(frame, 'id'), numberOf(frame, 'seq'), numberOf(frame, 'created_at')]
    return { at, kind: 'stored', id, seq, createdAt, isDuplicate: frame.duplicate === true }
  }
  return { at, kind: 'refused', reason: textOf(frame, 'reason'), isRetryable: frame.retryable === true }
}
