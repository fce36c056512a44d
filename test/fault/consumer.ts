/** The consumer in a process of its own that can be killed; built as for deployment, optionally with one line changed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { build } from 'esbuild'
import { bundlerOptions } from '../../infra/bundle/options.ts'
import { broken, type Edit } from '../breaks.ts'

export interface Consumer {
  readonly pid: number | undefined
  /** Ends it as a crash does; it is started again at once. */
  crash(): void
  /** Starts it with other code. */
  replace(code: string): Promise<void>
  start(): Promise<void>
  /** Kills it; it is not started again by itself. */
  stop(): Promise<void>
}

const root = resolve(import.meta.dirname, '../..')
const host = join(root, 'infra/local/function-host.ts')
/** The function's name under serverless-offline. */
export const functionName = 'gochat-local-streamPersist'
const timeoutSeconds = 60

/** Builds the consumer, perhaps with a break in it. */
export async function buildConsumer(outfile: string, edit?: Edit): Promise<string> {
  await build({
    ...(await bundlerOptions([broken(edit)])),
    entryPoints: ['functions/stream/persist.ts'],
    entryNames: basename(outfile, '.mjs'),
    outdir: dirname(outfile),
    logLevel: 'error',
  })
  return outfile
}

/** The consumer's process; not started yet. */
export function createConsumer(options: {
  code: string
  port: number
  environment: NodeJS.ProcessEnv
  logFile: string
}): Consumer {
  const { port, environment, logFile } = options
  let { code } = options
  let child: ChildProcess | undefined
  let isWanted = false

  async function start(): Promise<void> {
    isWanted = true
    const log = openSync(logFile, 'a')
    const args = ['--name', functionName, '--code', code, '--port', String(port), '--timeout', String(timeoutSeconds)]
    const started = spawn(process.execPath, [host, ...args], {
      env: { ...process.env, STAGE: 'local', ...environment },
      stdio: ['pipe', 'pipe', log],
    })
    closeSync(log)
    child = started
    started.once('exit', () => {
      if (isWanted && child === started) void start().catch(() => {})
    })
    started.stdin?.on('error', () => {})
    await new Promise<void>((resolve, reject) => {
      started.stdout?.once('data', () => resolve())
      started.once('exit', () => reject(new Error(`the consumer ended as it started; its log is ${logFile}`)))
    })
    started.stdout?.resume()
  }

  async function stop(): Promise<void> {
    isWanted = false
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }

  return {
    get pid() {
      return child?.pid
    },
    crash() {
      child?.kill('SIGKILL')
    },
    async replace(other) {
      await stop()
      code = other
      await start()
    },
    start,
    stop,
  }
}
