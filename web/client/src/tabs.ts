/** Several tabs of one user on one connection: the tab that holds a lock has it, and tells the others all that happens. */
import { Emitter } from './emitter.ts'
import type { Channel, Locks } from './environment.ts'
import { ChatError } from './errors.ts'
import type { Line, LineEvents, OwnLine } from './line.ts'
import { type Entry, newId, type Outbox } from './outbox.ts'
import type { ClientFrame } from './wire.ts'

/** Between tabs: an event of the leader, or what another one asks of it. */
type Note =
  | { event: keyof LineEvents; brought: unknown[]; to?: string }
  | { ask: 'hello'; from: string }
  | { ask: 'send'; frame: ClientFrame }

interface Setting {
  /** The same in all tabs of the user. */
  name: string
  locks: Locks
  BroadcastChannel: new (name: string) => Channel
  outbox: Outbox
  /** Makes the line of the tab that leads. */
  lead(): OwnLine
}

const events = ['open', 'lost', 'ended', 'frame', 'answered', 'error'] as const

export class SharedLine extends Emitter<LineEvents> implements Line {
  readonly #setting: Setting
  readonly #id = newId()
  #channel: Channel | undefined
  #own: OwnLine | undefined
  #leave = new AbortController()

  constructor(setting: Setting) {
    super()
    this.#setting = setting
  }

  start(): void {
    this.#own?.start()
    if (this.#channel) return
    const { name, locks, BroadcastChannel } = this.#setting
    const leave = new AbortController()
    this.#leave = leave
    this.#channel = new BroadcastChannel(name)
    this.#channel.onmessage = ({ data }: { data: Note }) => this.#noted(data)
    this.#post({ ask: 'hello', from: this.#id })
    // A request that is aborted is rejected: this tab has left.
    locks.request(name, { signal: leave.signal }, () => this.#lead(leave.signal)).catch(() => {})
  }

  /** Leaves the others, one of which takes over. */
  stop(): void {
    this.#own?.stop()
    this.#own = undefined
    this.#channel?.close()
    this.#channel = undefined
    this.#leave.abort()
  }

  send(frame: ClientFrame): void {
    this.#own?.send(frame)
    this.#post({ ask: 'send', frame })
  }

  /** Whoever leads by the time that it is kept sends it: the next leader looks into the outbox first. */
  async post(entry: Entry): Promise<void> {
    await this.#setting.outbox.add(entry)
    this.#post({ event: 'queued', brought: [entry] })
    this.#happened('queued', [entry])
  }

  /** Leads until this tab leaves. */
  async #lead(left: AbortSignal): Promise<void> {
    if (left.aborted) return
    const own = this.#setting.lead()
    this.#own = own
    for (const event of events)
      own.on(event, (...brought) => {
        this.#post({ event, brought: brought.map(packed) })
        this.#happened(event, brought)
      })
    own.start()
    await new Promise((resolve) => left.addEventListener('abort', resolve))
  }

  #noted(note: Note): void {
    if ('event' in note) {
      if (!note.to || note.to === this.#id) this.#happened(note.event, note.brought.map(unpacked))
    } else if (note.ask === 'send') {
      this.#own?.send(note.frame)
      this.emit('sent', note.frame)
    } else if (this.#own?.isOpen) this.#post({ event: 'open', brought: [], to: note.from })
  }

  #happened(event: keyof LineEvents, brought: unknown[]): void {
    // Nobody leads any more: the next one to connect may come with another session.
    if (event === 'ended') this.stop()
    if (event === 'queued') this.#own?.load()
    this.emit(event, ...(brought as LineEvents[typeof event]))
  }

  #post(note: Note): void {
    this.#channel?.postMessage(note)
  }
}

/** An error does not travel as it is. */
const packed = (value: unknown): unknown =>
  value instanceof ChatError ? { reason: value.reason, said: value.message, isRetryable: value.isRetryable } : value

const unpacked = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || !('said' in value)) return value
  const { reason, said, isRetryable } = value as { reason: string; said: string; isRetryable: boolean }
  return new ChatError(reason, { message: said.slice(reason.length + 2), isRetryable })
}
