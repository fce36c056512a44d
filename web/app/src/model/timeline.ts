/** The messages of one conversation that are in memory: a stretch without holes, and what came ahead of it. */
import type { Message } from 'gochat-client'
import { changed } from 'gochat-client/changes'

// What comes ahead of a hole waits; above this, the page that closes the hole brings it.
const mostEarly = 1_000

/** It counts as a message: it does not tell of the change of another one. */
const isSaid = ({ change }: Message): boolean => change === undefined

/** Notices of groups and changes never count as unread. */
export const isOfOther = (
  { from_id, change }: Pick<Message, 'from_id' | 'change'>,
  owner: number | undefined,
): boolean => from_id !== owner && from_id !== 0 && change === undefined

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

  at(seq: number): Message | undefined {
    return this.#rows[this.#indexOf(seq)]
  }

  /** The last of the changes that follow right after `seq`, or that itself: whoever has read up to there has read them, too. */
  pastChanges(seq: number): number {
    let last = seq
    while (this.at(last + 1)?.change) last += 1
    return last
  }

  /** Whether there is anything but changes. */
  get hasSaid(): boolean {
    return this.#rows.some(isSaid)
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
    this.#apply(page)
    this.#takeEarly()
  }

  /** A page that ends right before the first message. One without messages says that there are none. */
  addOlder(page: readonly Message[]): void {
    const first = this.firstSeq ?? Number.MAX_SAFE_INTEGER
    const older = page.filter(({ seq }) => seq < first)
    this.#rows = [...older, ...this.#rows]
    this.hasOlder = older.length > 0 && (this.firstSeq ?? 1) > 1
    // What changed them may have been here before them.
    this.#apply(this.#rows)
  }

  /** A page that follows the last message without a hole. */
  addNewer(page: readonly Message[]): void {
    const last = this.lastSeq
    this.#append(page.filter(({ seq }) => seq > last))
    this.#takeEarly()
  }

  /** A change that came live of a message in a stretch of before. */
  learn(event: Message): void {
    this.#apply([event])
  }

  /** Keeps the newest, with the changes among them. */
  trim(count: number): void {
    let kept = 0
    const last = this.#rows.findLastIndex((row) => isSaid(row) && ++kept === count)
    if (last <= 0) return
    this.#rows = this.#rows.slice(last)
    this.hasOlder = true
    for (const seq of this.keys.keys()) if (seq < (this.firstSeq ?? 0)) this.keys.delete(seq)
  }

  /** How many of those that others wrote in a stretch, without notices, are such; undefined if it is not all here. */
  countOthers(
    owner: number,
    after: number,
    upTo: number,
    isSuch: (message: Message) => boolean = isSaid,
  ): number | undefined {
    if (!this.has(after + 1) || !this.has(upTo)) return undefined
    const isCounted = (row: Message) => isOfOther(row, owner) && row.seq > after && row.seq <= upTo && isSuch(row)
    return this.#rows.filter(isCounted).length
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
    if (taken.length > 0) this.#append(taken)
  }

  #append(rows: readonly Message[]): void {
    this.#rows = [...this.#rows, ...rows]
    this.#apply(rows)
  }

  /** What a message is after its changes, in whichever order they came: those that it knows of already are passed over. */
  #apply(events: readonly Message[]): void {
    for (const event of events) {
      const row = event.change && this.at(event.change.seq)
      if (!row || (row.state?.changed_seq ?? 0) >= event.seq) continue
      this.#rows[this.#indexOf(row.seq)] = changed(row, event)
    }
  }

  /** -1 for one that is not here. */
  #indexOf(seq: number): number {
    if (!this.has(seq)) return -1
    const index = seq - (this.firstSeq ?? 0)
    return this.#rows[index]?.seq === seq ? index : this.#rows.findIndex((row) => row.seq === seq)
  }
}

/** Those of the conversations that were opened, by key. */
export const timelines = new Map<string, Timeline>()
