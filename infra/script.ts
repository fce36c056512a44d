/** Runs one of our scripts in a process of its own. */
import { resolve } from 'node:path'
import { childEnvironment } from './services/environment.ts'
import { mustRun } from './services/process.ts'

const cwd = resolve(import.meta.dirname, '..')

/** @throws StartFailure with the end of its log when the script fails, or takes more than 120 s. */
export function runScript(
  path: string,
  logFile: string,
  environment: NodeJS.ProcessEnv = {},
  signal?: AbortSignal,
): Promise<void> {
  const options = { timeoutMs: 120_000, logFile, cwd, env: childEnvironment(environment), signal }
  return mustRun(`${path} failed.`, process.execPath, [path], options)
}
