/** What a device has of one conversation. */
export interface View {
  has(seq: number): boolean
  add(seq: number): void
  /** Everything up to here is there. */
  upTo(): number
  /** The highest number heard of. */
  top(): number
  all(): Set<number>
}

export function createView(): View {
  const seqs = new Set<number>()
  let upTo = 0
  let top = 0
  return {
    has: (seq) => seqs.has(seq),
    add(seq) {
      seqs.add(seq)
      top = Math.max(top, seq)
      while (seqs.has(upTo + 1)) upTo += 1
    },
    upTo: () => upTo,
    top: () => top,
    all: () => new Set(seqs),
  }
}
