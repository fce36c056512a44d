/** How much of something goes through: warmed up, then the median of three runs. */
import { median, resultOf } from '../figures.ts'
import { startMeter } from '../processes.ts'
import type { Result } from '../result.ts'
import type { Target } from '../stage.ts'

export interface Floor {
  workload: string
  setting: Result['setting']
  /** Does it for that long. @returns the latency of each operation, milliseconds. */
  run(seconds: number): Promise<readonly number[]>
}

const repetitions = 3
const seconds = 4

export async function measureFloor(
  target: Pick<Target, 'pids' | 'mysqlUrl'>,
  { workload, setting, run }: Floor,
): Promise<Result> {
  await run(seconds / 2)
  const results: Result[] = []
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const meter = await startMeter(target)
    const latencies = await run(seconds)
    const usage = await meter.stop()
    results.push(resultOf({ workload, setting, operations: latencies.length, usage, latencies }))
  }
  return median(results)
}

/** Repeats `operation` in `lanes` lanes until the time is over. @returns how long each took, milliseconds. */
export async function inLanes(
  lanes: number,
  seconds: number,
  operation: (lane: number) => Promise<void>,
): Promise<number[]> {
  const latencies: number[] = []
  const until = performance.now() + seconds * 1000
  const lane = async (index: number): Promise<void> => {
    for (let begun = performance.now(); begun < until; begun = performance.now()) {
      await operation(index)
      latencies.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)))
  return latencies
}
