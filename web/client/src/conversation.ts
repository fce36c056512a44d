/** The order of one conversation: gives each message once, by `seq`, whatever order they come in. */
import type { Message, Target } from './frame.ts'

// What comes after a hole waits; above this a page will bring it again.
const mostEarly = 1_000

export class Conversation {
  readonly target: Required<Target>
  /** Of reading marks: the owner's own, as far as it was asked for, and the other side's. */
  wantsRead = 0
  peerRead = 0
  /** Syncs in a row that did not close its hole. */
  stalls = 0
  #upTo: number | undefined
  #first = Number.MAX_SAFE_INTEGER
  readonly #early = new Map<number, Message>()

  /** It begins after `upTo`, or, if that is not known yet, where `begin` says. */
  constructor(target: Required<Target>, upTo?: number) {
    this.target = target
    this.#upTo = upTo
  }

  /** The last message that was given; undefined while it is not known where to begin. */
  get upTo(): number | undefined {
    return this.#upTo
  }

  /** Something came that what comes before it has to be asked for. */
  get isIncomplete(): boolean {
    return this.#upTo === undefined || this.#early.size > 0
  }

  /** Begins after `seq`, but before all that has come already. @returns what can be given now. */
  begin(seq: number): Message[] {
    this.#upTo ??= Math.min(seq, this.#first - 1)
    return this.#inOrder()
  }

  /** @returns what can be given now. */
  add(message: Message): Message[] {
    this.#first = Math.min(this.#first, message.seq)
    if (message.seq > (this.#upTo ?? 0) && this.#early.size < mostEarly) this.#early.set(message.seq, message)
    return this.#inOrder()
  }

  /** A page that follows a point up to which all has been given. What it leaves out is not the owner's to see. */
  addPage(page: readonly Message[]): Message[] {
    const last = Math.max(this.#upTo ?? 0, ...page.map(({ seq }) => seq))
    for (const message of page) if (message.seq > (this.#upTo ?? 0)) this.#early.set(message.seq, message)
    const given = [...this.#early.values()].filter(({ seq }) => seq <= last).sort((one, other) => one.seq - other.seq)
    for (const { seq } of given) this.#early.delete(seq)
    this.#upTo = last
    return [...given, ...this.#inOrder()]
  }

  #inOrder(): Message[] {
    const given: Message[] = []
    while (this.#upTo !== undefined) {
      const next = this.#early.get(this.#upTo + 1)
      if (!next) break
      this.#upTo += 1
      this.#early.delete(this.#upTo)
      given.push(next)
    }
    return given
  }
}
