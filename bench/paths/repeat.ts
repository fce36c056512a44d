/** Repetitions of one path, each with the CPU time of this very process. */
import { resultOf } from '../figures.ts'
import { startMeter } from '../processes.ts'
import type { Result } from '../result.ts'
import type { Target } from '../testbed.ts'

export interface Path {
  workload: string
  setting: Result['setting']
  operations: number
  /** Prepares the work before the clock starts, and returns it. Called for the warm-up and for each repetition. */
  prepare(): () => Promise<void>
}

const repetitions = 3

/** Measures paths in turn, so that a slow phase of the machine slows all alike: the median by CPU time of each. */
export async function measureInTurn(
  target: Pick<Target, 'pids' | 'mysqlUrl'>,
  paths: readonly Path[],
): Promise<Result[]> {
  for (const path of paths) await path.prepare()()
  const rounds: Result[][] = paths.map(() => [])
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const [index, path] of paths.entries()) rounds[index]?.push(await measure(target, path))
  }
  return rounds.flatMap((results) => results.sort((a, b) => cpuOf(a) - cpuOf(b))[repetitions >> 1] ?? [])
}

/** CPU time of the functions' code for each operation, milliseconds. */
export const cpuOf = ({ cpuMsPerOperation }: Result): number => cpuMsPerOperation?.functions ?? 0

async function measure(
  target: Pick<Target, 'pids' | 'mysqlUrl'>,
  { workload, setting, operations, prepare }: Path,
): Promise<Result> {
  const run = prepare()
  const meter = await startMeter(target)
  const before = process.cpuUsage()
  const begun = performance.now()
  await run()
  const { user, system } = process.cpuUsage(before)
  const seconds = (performance.now() - begun) / 1000
  const { cpuMs, queries } = await meter.stop()
  const { load: _, ...others } = cpuMs
  return resultOf({
    workload,
    setting,
    operations,
    usage: {
      seconds,
      cpuMs: { ...others, functions: (user + system) / 1000 },
      ...(queries !== undefined && { queries }),
    },
  })
}
