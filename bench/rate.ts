/** How much of something goes through, when each client goes on as soon as it is answered. */
import { inParallel } from '../lib/core/in-parallel.ts'
import { resultOf } from './figures.ts'
import { startMeter } from './processes.ts'
import type { Result } from './result.ts'
import type { Target } from './testbed.ts'

export interface Rate {
  workload: string
  setting: Result['setting']
  clients: number
  /** A fifth more is not counted, before. */
  seconds: number
  operation(client: number): Promise<unknown>
}

/** Measures one operation. `observe` is called when the warm-up is over. */
export async function measureRate(
  target: Pick<Target, 'pids' | 'mysqlUrl'>,
  { workload, setting, clients, seconds, operation }: Rate,
  observe?: () => void,
): Promise<Result> {
  const during = async (milliseconds: number): Promise<number[]> => {
    const latencies: number[] = []
    const end = performance.now() + milliseconds
    await inParallel(Array(clients).keys(), clients, async (client) => {
      for (let begun = performance.now(); begun < end; ) {
        await operation(client)
        const now = performance.now()
        latencies.push(now - begun)
        begun = now
      }
    })
    return latencies
  }
  await during(seconds * 200)
  const meter = await startMeter(target)
  observe?.()
  const latencies = await during(seconds * 1000)
  const usage = await meter.stop()
  return resultOf({ workload, setting, operations: latencies.length, usage, latencies })
}
