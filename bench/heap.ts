/** What a Node process really holds: its memory after it has collected its garbage. */
import { type Inspected, inspect } from '../infra/inspector.ts'

export interface Heap {
  /** JavaScript objects and buffers in use. */
  usedBytes: number
  residentBytes: number
}

/** Lets a process collect its garbage, and asks what is left. */
export async function collectedHeap(inspected: Inspected): Promise<Heap> {
  return await inspect(inspected, async (tell) => {
    // What was only reachable from garbage goes with the second.
    await tell('HeapProfiler.collectGarbage')
    await tell('HeapProfiler.collectGarbage')
    const expression = 'JSON.stringify(process.memoryUsage())'
    const { result } = await tell<{ result: { value: string } }>('Runtime.evaluate', {
      expression,
      returnByValue: true,
    })
    const { heapUsed, external, rss } = JSON.parse(result.value) as NodeJS.MemoryUsage
    return { usedBytes: heapUsed + external, residentBytes: rss }
  })
}
