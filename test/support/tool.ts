/**
 * Programs that are no packages of Node's: made once into `.services/deploy`, and kept there. What this machine cannot make is
 * missing with a sentence, and what needs it is skipped.
 */
import { createHash } from 'node:crypto'
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { childEnvironment } from '../../infra/services/environment.ts'
import { run } from '../../infra/services/process.ts'

const room = resolve(import.meta.dirname, '../../.services/deploy')
const installMs = 600_000

/** A folder, or why it cannot be had here. */
export type Tool = { readonly folder: string } | { readonly missing: string }

/** A virtual environment of Python's with what a list of requirements names. */
export async function virtualEnvironment(
  name: string,
  requirements: string,
  say: (line: string) => void,
): Promise<Tool> {
  return ready(`${name}-${hashOf(await readFile(requirements, 'utf8'))}`, say, async (folder) => {
    await command('python3', ['-m', 'venv', folder])
    await command(join(folder, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--requirement', requirements])
  })
}

/** A tool's folder. It is complete once it has a file that says so: virtual environments cannot be moved. */
export async function ready(
  name: string,
  say: (line: string) => void,
  make: (folder: string) => Promise<void>,
): Promise<Tool> {
  const folder = join(room, name)
  const done = join(folder, 'complete')
  const isThere = await access(done).then(
    () => true,
    () => false,
  )
  if (isThere) return { folder }
  say(`Making .services/deploy/${name}, once …`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  try {
    await make(folder)
    await writeFile(`${done}.new`, '')
    await rename(`${done}.new`, done)
    return { folder }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    return { missing: error instanceof Error ? error.message : String(error) }
  }
}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12)

/** @throws Error with the end of its output. */
export async function command(program: string, args: readonly string[], added: NodeJS.ProcessEnv = {}): Promise<void> {
  const setting = { timeoutMs: installMs, cwd: room, env: childEnvironment(added) }
  const { exitCode, output } = await run(program, args, setting)
  if (exitCode === 127) throw new Error(`${program} is not installed`)
  if (exitCode !== 0) throw new Error(`${program} ${args.slice(0, 3).join(' ')} failed: ${output.trim().slice(-300)}`)
}
