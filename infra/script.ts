/** One of our scripts, run to its end in a process of its own. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { run } from './services/command.ts'
import { childEnvironment } from './services/environment.ts'

const directory = resolve(import.meta.dirname, '..')

/** @throws Error with its log when it fails, or takes more than 120 s. */
export async function runScript(path: string, logFile: string, environment: NodeJS.ProcessEnv = {}): Promise<void> {
  const setting = { timeoutMs: 120_000, logFile, directory, environment: childEnvironment(environment) }
  const { exitCode } = await run(process.execPath, [path], setting)
  if (exitCode !== 0) throw new Error(`${path} failed:\n${await readFile(logFile, 'utf8')}`)
}
