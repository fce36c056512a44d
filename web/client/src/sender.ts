/** Sends what waits: one message a conversation at a time, under the same id until it is answered. */

import { type Environment, pauseMs } from './environment.ts'
import { isOver } from './errors.ts'
import { type Answer, type GatewayError, keyOf } from './frame.ts'
import { type Entry, frameOf } from './outbox.ts'
import type { ClientFrame } from './wire.ts'

interface Wire {
  readonly isOpen: boolean
  send(frame: ClientFrame): boolean
  check(): void
}

interface Flight {
  entry: Entry
  attempts: number
  timer: unknown
}

const answerWithinMs = 10_000
const mostFlights = 50

export class Sender {
  readonly #wire: Wire
  readonly #environment: Environment
  /** A type 5, or a type 9 that is final. */
  readonly #onAnswer: (entry: Entry, frame: Answer) => void
  readonly #queues = new Map<string, Entry[]>()
  readonly #flights = new Map<string, Flight>()
  readonly #known = new Set<string>()
  #pause: unknown

  constructor(wire: Wire, environment: Environment, onAnswer: (entry: Entry, frame: Answer) => void) {
    this.#wire = wire
    this.#environment = environment
    this.#onAnswer = onAnswer
  }

  /** Takes a message, unless it has it already. */
  enqueue(entry: Entry): void {
    if (this.#known.has(entry.client_msg_id)) return
    this.#known.add(entry.client_msg_id)
    const key = keyOf(entry)
    const queue = this.#queues.get(key)
    if (queue) queue.push(entry)
    else this.#queues.set(key, [entry])
    this.flush()
  }

  /** Sends all whose turn it is. */
  flush(): void {
    if (!this.#wire.isOpen || this.#pause !== undefined) return
    for (const [key, [entry]] of this.#queues) {
      if (this.#flights.size >= mostFlights) return
      if (entry && !this.#flights.has(key)) this.#fly(key, { entry, attempts: 0, timer: undefined })
    }
  }

  /** The connection is lost: nothing is under way any more. */
  halt(): void {
    for (const { timer } of this.#flights.values()) this.#environment.clearTimeout(timer)
    this.#flights.clear()
    this.#environment.clearTimeout(this.#pause)
    this.#pause = undefined
  }

  /** A frame of type 5 or 9, or one without a type. */
  receive(frame: Answer | GatewayError): void {
    // The gateway's own error names no message.
    if (frame.type === undefined) {
      for (const [key, flight] of this.#flights) this.#later(key, flight, pauseMs(this.#environment, flight.attempts))
      return
    }
    for (const [key, flight] of this.#flights)
      if (flight.entry.client_msg_id === frame.client_msg_id) this.#answered(key, flight, frame)
  }

  #answered(key: string, flight: Flight, frame: Answer): void {
    if (frame.type === 9 && frame.retryable) {
      const ms = Math.max(frame.retry_after_ms ?? 0, pauseMs(this.#environment, flight.attempts))
      if (frame.reason === 'TOO_MANY_REQUESTS') this.#rest(ms)
      else this.#later(key, flight, ms)
      return
    }
    // The session is over, not the message: it waits for the next one.
    if (frame.type === 9 && isOver(frame.reason)) return
    this.#environment.clearTimeout(flight.timer)
    this.#flights.delete(key)
    this.#known.delete(flight.entry.client_msg_id)
    const queue = this.#queues.get(key)
    queue?.shift()
    if (queue?.length === 0) this.#queues.delete(key)
    this.#onAnswer(flight.entry, frame)
    this.flush()
  }

  #fly(key: string, flight: Flight): void {
    this.#flights.set(key, flight)
    if (!this.#wire.send(frameOf(flight.entry))) return
    flight.attempts += 1
    const isRepeated = flight.attempts > 1
    if (isRepeated) this.#wire.check()
    this.#later(key, flight, answerWithinMs)
  }

  #later(key: string, flight: Flight, ms: number): void {
    const { setTimeout, clearTimeout } = this.#environment
    clearTimeout(flight.timer)
    flight.timer = setTimeout(() => this.#fly(key, flight), ms)
  }

  /** Too much was sent: nothing goes out for a while. */
  #rest(ms: number): void {
    this.halt()
    this.#pause = this.#environment.setTimeout(() => {
      this.#pause = undefined
      this.flush()
    }, ms)
  }
}
