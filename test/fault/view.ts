/** The seqs that a device has of one conversation. */
export interface View {
  add(seq: number): void
  /** The last seq before the first hole. */
  upTo(): number
  all(): Set<number>
}

export function createView(): View {
  const seqs = new Set<number>()
  let upTo = 0
  return {
    add(seq) {
      seqs.add(seq)
      while (seqs.has(upTo + 1)) upTo += 1
    },
    upTo: () => upTo,
    all: () => new Set(seqs),
  }
}
