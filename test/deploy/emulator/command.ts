/** One of the project's commands, with its output shown while it runs. */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { childEnvironment } from '../../../infra/services/environment.ts'
import { launch } from '../../../infra/services/process.ts'
import { root } from '../stage.ts'

interface Finished {
  /** Null when it took too long. */
  code: number | null
  lines: readonly string[]
}

/** Runs a file under Node. It is ended after `timeoutMs`. */
export async function runCommand(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  timeoutMs: number,
): Promise<Finished> {
  const env = childEnvironment(environment)
  const child = launch(process.execPath, ['--disable-warning=TimeoutNegativeWarning', ...args], {
    cwd: root,
    env,
    output: 'pipe',
    timeout: timeoutMs,
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      process.stdout.write(`    ${line}\n`)
    })
  }
  const [code] = await once(child, 'close')
  return { code, lines }
}
