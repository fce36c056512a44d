/** Milliseconds since the epoch, with fractions: what happens within one millisecond keeps its order. */
export const now = (): number => performance.timeOrigin + performance.now()
