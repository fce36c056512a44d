/** Percentiles of a sample, in milliseconds. */
export function percentiles(sample: readonly number[]): { count: number; p50: number; p95: number; p99: number } {
  const sorted = [...sample].sort((a, b) => a - b)
  const at = (share: number): number =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 100) / 100
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}
