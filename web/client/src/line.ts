/** The way to the service and back: a connection, and what waits to be sent by it. */
import type { Connection } from './connection.ts'
import { Emitter } from './emitter.ts'
import type { Environment } from './environment.ts'
import type { ChatError } from './errors.ts'
import type { Answer, Frame } from './frame.ts'
import type { Entry, Outbox } from './outbox.ts'
import { Sender } from './sender.ts'
import type { ClientFrame } from './wire.ts'

export interface LineEvents {
  open: []
  lost: []
  ended: [error: ChatError]
  /** What names no message that waits. */
  frame: [frame: Frame]
  /** A message waits for its answer from now on. */
  queued: [entry: Entry]
  /** A message has its answer: a type 5, or a type 9 that is final. */
  answered: [entry: Entry, frame: Answer]
  /** What another tab sent. */
  sent: [frame: ClientFrame]
  error: [error: ChatError]
}

export interface Line extends Pick<Emitter<LineEvents>, 'on'> {
  start(): void
  stop(): void
  /** A frame that may be lost. */
  send(frame: ClientFrame): void
  /** Keeps a message until it is answered. @throws what the outbox throws. */
  post(entry: Entry): Promise<void>
}

export class OwnLine extends Emitter<LineEvents> implements Line {
  readonly #connection: Connection
  readonly #outbox: Outbox
  readonly #sender: Sender
  readonly #onFailure: (failure: unknown) => void

  constructor(connection: Connection, outbox: Outbox, environment: Environment, onFailure: (failure: unknown) => void) {
    super()
    this.#connection = connection
    this.#outbox = outbox
    this.#onFailure = onFailure
    this.#sender = new Sender(connection, environment, (entry, frame) => this.#answered(entry, frame))
    connection.on('frame', (frame) => this.#receive(frame))
    connection.on('open', () => {
      this.emit('open')
      this.#sender.flush()
    })
    connection.on('lost', () => {
      this.#sender.halt()
      this.emit('lost')
    })
    connection.on('ended', (error) => this.emit('ended', error))
  }

  get isOpen(): boolean {
    return this.#connection.isOpen
  }

  start(): void {
    this.#connection.start()
    this.load()
  }

  stop(): void {
    this.#connection.stop()
  }

  send(frame: ClientFrame): void {
    this.#connection.send(frame)
  }

  async post(entry: Entry): Promise<void> {
    await this.#outbox.add(entry)
    this.emit('queued', entry)
    this.#sender.enqueue(entry)
  }

  /** Takes what others have put into the outbox. */
  load(): void {
    this.#outbox.all().then((entries) => {
      for (const entry of entries) this.#sender.enqueue(entry)
    }, this.#onFailure)
  }

  #receive(frame: Frame): void {
    const isAnswer = frame.type === 5 || (frame.type === 9 && frame.client_msg_id !== undefined)
    if (isAnswer || frame.type === undefined) this.#sender.receive(frame)
    // The gateway's own error may be meant for anything.
    if (!isAnswer) this.emit('frame', frame)
  }

  /** Told before it is forgotten: whoever takes over in between asks the service again, and gets the same answer. */
  #answered(entry: Entry, frame: Answer): void {
    this.emit('answered', entry, frame)
    this.#outbox.remove(entry.client_msg_id).catch(this.#onFailure)
  }
}
