/** The messages of one conversation that are in memory: a stretch without holes, and what came ahead of it. */
import type { Message } from 'gochat-client'

// What comes ahead of a hole waits; above this, the page that closes the hole brings it.
const mostEarly = 1_000

export class Timeline {
  /** In the order of seq. */
  #rows: Message[] = []
  readonly #early = new Map<number, Message>()
  /** False until its newest page is there. */
  isLoaded = false
  hasOlder = false
  /** Keys of one's own messages that had one before they had a place. */
  readonly keys = new Map<number, string>()

  get rows(): readonly Message[] {
    return this.#rows
  }

  get firstSeq(): number | undefined {
    return this.#rows[0]?.seq
  }

  get lastSeq(): number {
    return this.#rows.at(-1)?.seq ?? 0
  }

  /** Something came, and what comes before it did not. */
  get hasHole(): boolean {
    return this.isLoaded && this.#early.size > 0
  }

  has(seq: number): boolean {
    return this.#rows.length > 0 && seq >= (this.firstSeq ?? 0) && seq <= this.lastSeq
  }

  /** The rows after `seq`. */
  after(seq: number): Message[] {
    return this.#rows.slice(this.#rows.findLastIndex((row) => row.seq <= seq) + 1)
  }

  /** A message that came live. */
  add(message: Message): void {
    if (this.isLoaded && message.seq <= this.lastSeq) return
    if (this.#early.size < mostEarly) this.#early.set(message.seq, message)
    if (this.isLoaded) this.#takeEarly()
  }

  /** The newest page: none if nothing was said yet. */
  begin(page: readonly Message[]): void {
    this.#rows = [...page]
    this.isLoaded = true
    this.hasOlder = (this.firstSeq ?? 1) > 1
    this.#takeEarly()
  }

  /** A page that ends right before the first message. One without messages says that there are none. */
  addOlder(page: readonly Message[]): void {
    const first = this.firstSeq ?? Number.MAX_SAFE_INTEGER
    const older = page.filter(({ seq }) => seq < first)
    this.#rows = [...older, ...this.#rows]
    this.hasOlder = older.length > 0 && (this.firstSeq ?? 1) > 1
  }

  /** A page that follows the last message without a hole. */
  addNewer(page: readonly Message[]): void {
    const last = this.lastSeq
    this.#rows = [...this.#rows, ...page.filter(({ seq }) => seq > last)]
    this.#takeEarly()
  }

  /** Keeps the newest. */
  trim(count: number): void {
    if (this.#rows.length <= count) return
    this.#rows = this.#rows.slice(-count)
    this.hasOlder = true
    for (const seq of this.keys.keys()) if (seq < (this.firstSeq ?? 0)) this.keys.delete(seq)
  }

  /** How many of others, without notices, are in a stretch; undefined if it is not all here. */
  countOthers(owner: number, after: number, upTo: number): number | undefined {
    if (!this.has(after + 1) || !this.has(upTo)) return undefined
    const isUnread = ({ seq, from_id }: Message) => from_id !== owner && from_id !== 0 && seq > after && seq <= upTo
    return this.#rows.filter(isUnread).length
  }

  #takeEarly(): void {
    const taken: Message[] = []
    let last = this.lastSeq
    for (const seq of this.#early.keys()) if (seq <= last) this.#early.delete(seq)
    for (let next = this.#early.get(last + 1); next; next = this.#early.get(last + 1)) {
      taken.push(next)
      last = next.seq
      this.#early.delete(last)
    }
    if (taken.length > 0) this.#rows = [...this.#rows, ...taken]
  }
}

/** Those of the conversations that were opened, by key. */
export const timelines = new Map<string, Timeline>()
