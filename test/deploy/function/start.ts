/** What the start of a function costs. */
import { join } from 'node:path'
import { run } from '../../../infra/services/process.ts'
import { lambdaEnvironment, type Starting } from './running.ts'

/**
 * The CPU time that loading a function takes, in milliseconds: in a new process, without Node's own start. Unlike a stopwatch it
 * does not count the time in which other processes have the machine. @throws Error with what the function says.
 */
export async function startMsOf(starting: Starting): Promise<number> {
  const setting = { timeoutMs: 30_000, cwd: starting.folder, env: lambdaEnvironment(starting) }
  const { output, exitCode } = await run(process.execPath, [join(import.meta.dirname, 'start.mjs')], setting)
  const ms = Number(output)
  if (exitCode !== 0 || !(ms > 0)) throw new Error(`${starting.handler} does not start: ${output}`)
  return ms
}
