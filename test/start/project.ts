/** Copies of this project, and `npm` run in them as a person does, without Docker. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, vi } from 'vitest'

export const root = resolve(import.meta.dirname, '../..')
export const oddName = `聊天 (a, b) [c] {d} #1%20's "q" $HOME & *😀;!:?~.`
const written = ['.git', 'node_modules', '.services', '.esbuild', '.serverless', '.build', '.env', 'coverage']

export interface Project {
  folder: string
  /** Contains only the folder. */
  parent: string
  remove(): void
}

/** Packages and servers are not copied but hard-linked. */
export function copyProject(name: string): Project {
  mkdirSync(join(root, '.services'), { recursive: true })
  const parent = mkdtempSync(join(root, '.services/start-'))
  const folder = join(parent, name)
  for (const entry of readdirSync(root).filter((each) => !written.includes(each))) {
    cpSync(join(root, entry), join(folder, entry), { recursive: true })
  }
  const servers = readdirSync(join(root, '.services')).filter((each) => each.startsWith('servers-'))
  mkdirSync(join(folder, '.services'))
  for (const entry of ['node_modules', ...servers.map((each) => join('.services', each))]) {
    execFileSync('cp', ['-al', join(root, entry), join(folder, entry)])
  }
  return { folder, parent, remove: () => rmSync(parent, { recursive: true, force: true }) }
}

export interface Npm {
  child: ChildProcess
  output(): string
  /** Resolves when the text has been printed. @throws Error when npm ends without printing it, or after 50 s. */
  said(text: string, timeoutMs?: number): Promise<void>
  /** Resolves with the exit code. */
  ended: Promise<number | null>
}

/** Runs `npm`. Its environment is that of the tests without addresses and Docker, and with `given`. */
export function npm(folder: string, args: readonly string[], given: NodeJS.ProcessEnv = {}): Npm {
  const none = {
    MYSQL_URL: '',
    REDIS_URL: '',
    KAFKA_BROKERS: '',
    STORAGE_ENDPOINT: '',
    MEDIA_PORT: '0',
    BASE_URL: '',
    LOG_LEVEL: '',
  }
  const env = { ...process.env, ...none, DOCKER_HOST: 'unix:///dev/null', ...given }
  const child = spawn('npm', args, { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const ended = once(child, 'close').then(([code]): number | null => code)
  const hasEnded = ended.then((code) => {
    throw new Error(`npm has ended with ${code}:\n${output}`)
  })
  hasEnded.catch(() => {})
  const said = (text: string, timeoutMs = 150_000): Promise<void> =>
    Promise.race([vi.waitUntil(() => output.includes(text), { timeout: timeoutMs, interval: 20 }), hasEnded]).then(
      () => {},
    )
  return { child, output: () => output, said, ended }
}

/** The processes whose working directory is the folder or below it. */
export function processesIn(folder: string): { pid: number; parent: number; command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)) return []
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        const parent = /\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]
        return [{ pid: Number(pid), parent: Number(parent), command }]
      } catch {
        return []
      }
    })
}

/** Kills the process with that text in its command line, as soon as there is one. */
export async function kill(folder: string, command: string): Promise<void> {
  const find = () => processesIn(folder).find((each) => each.command.includes(command))?.pid
  process.kill(await vi.waitUntil(find, { timeout: 150_000, interval: 20 }), 'SIGKILL')
}

/** Waits until no process works in the folder. @throws Error after 20 s. */
export async function untilNoProcessIn(folder: string): Promise<void> {
  await vi.waitFor(() => expect(processesIn(folder)).toEqual([]), { timeout: 20_000, interval: 50 })
}
