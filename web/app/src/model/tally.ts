/** How many messages of others come after the read mark: what the service said, and what has come since. */

/** What the service says of a conversation. */
export interface Snapshot {
  last_seq: number
  read_seq: number
  unread_count: number
}

/** Counts messages of others after one seq, up to another one; undefined if it does not know them all. */
export type CountOthers = (after: number, upTo: number) => number | undefined

export class Tally {
  #snapshot: Snapshot = { last_seq: 0, read_seq: 0, unread_count: 0 }
  /** Messages of others after the snapshot. */
  #others: number[] = []
  #lastSeq = 0
  #readSeq = 0

  get lastSeq(): number {
    return this.#lastSeq
  }

  get readSeq(): number {
    return this.#readSeq
  }

  /** Passes over an answer that is older than what is known: what came since is counted already, or about to come. */
  learn({ last_seq, read_seq, unread_count }: Snapshot): void {
    if (last_seq < this.#snapshot.last_seq || read_seq < this.#readSeq) return
    this.#snapshot = { last_seq, read_seq, unread_count }
    this.#others = this.#others.filter((seq) => seq > last_seq)
    this.#lastSeq = Math.max(this.#lastSeq, last_seq)
    this.read(read_seq)
  }

  /** @returns whether it is new. */
  arrived(seq: number, isOfOther: boolean): boolean {
    if (seq <= this.#lastSeq) return false
    this.#lastSeq = seq
    if (isOfOther && seq > this.#readSeq) this.#others.push(seq)
    return true
  }

  /** @returns whether the mark has moved. */
  read(seq: number): boolean {
    if (!(seq > this.#readSeq)) return false
    this.#readSeq = seq
    this.#others = this.#others.filter((one) => one > seq)
    return true
  }

  /** `isExact` is false when only the service can say: then it is as many at most. */
  unread(countOthers: CountOthers): { count: number; isExact: boolean } {
    const { last_seq, read_seq, unread_count } = this.#snapshot
    const readSeq = this.#readSeq
    let before = readSeq === read_seq ? unread_count : 0
    let isExact = true
    if (readSeq > read_seq && readSeq < last_seq) {
      const counted = countOthers(readSeq, last_seq)
      isExact = counted !== undefined
      before = counted ?? Math.min(unread_count, last_seq - readSeq)
      if (counted !== undefined) this.#snapshot = { last_seq, read_seq: readSeq, unread_count: counted }
    }
    return { count: before + this.#others.length, isExact }
  }
}
