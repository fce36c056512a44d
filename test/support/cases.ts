/** How many odd cases a test tries, and how many it has tried. A case is one request, frame or record. */
import type { TestContext } from 'vitest'

declare module 'vitest' {
  interface TaskMeta {
    /** Read by test/fuzz/run.ts. */
    cases?: number
  }
}

const usual = 20

/** The cases of each of so many tests: some, or its share of those that FUZZ_CASES asks for. */
export function casesOf(tests: number, share: number): number {
  const all = Number(process.env.FUZZ_CASES ?? 0) * share
  return all === 0 ? usual : Math.ceil(all / tests)
}

/** Counts cases of a test that have been answered. */
export function count({ task }: Pick<TestContext, 'task'>, cases = 1): void {
  task.meta.cases = (task.meta.cases ?? 0) + cases
}
