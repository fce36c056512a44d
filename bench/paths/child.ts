/** Runs each path in a process of its own, so that its CPU is that of the path alone. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Result } from '../result.ts'
import type { Testbed } from '../testbed.ts'

/** The part of the testbed that the child needs. */
export type Servers = Pick<Testbed, 'pids' | 'mysqlUrl' | 'kafkaBrokers'>

/**
 * Runs a file of this folder, which must call `answer`, and returns what it has measured.
 *
 * @param profile A folder for the child's CPU profile.
 */
export async function measuredBy(
  file: string,
  { pids, mysqlUrl, kafkaBrokers, environment }: Pick<Testbed, keyof Servers | 'environment'>,
  given: { environment?: Record<string, string>; profile?: string } = {},
): Promise<Result[]> {
  const servers: Servers = { pids, mysqlUrl, kafkaBrokers }
  const { profile } = given
  const child = fork(join(import.meta.dirname, file), [JSON.stringify(servers)], {
    env: { ...process.env, ...environment, ...given.environment },
    // Its log is not the bench's output.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [
      '--disable-warning=TimeoutNegativeWarning',
      ...(profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${file}.cpuprofile`] : []),
    ],
  })
  const kill = (): boolean => child.kill('SIGKILL')
  process.once('exit', kill)
  let results: Result[] | undefined
  child.on('message', (message: Result[]) => {
    results = message
  })
  const [code] = await once(child, 'exit')
  process.off('exit', kill)
  if (!results || code !== 0) throw new Error(`bench/paths/${file} ended with ${code}`)
  return results
}

/** In the child: measures, hands the results back, and ends. */
export async function answer(measure: (servers: Servers) => Promise<Result[]>): Promise<void> {
  const results = await measure(JSON.parse(process.argv[2] ?? ''))
  process.send?.(results, () => process.exit())
}
