/** Our own play of Lambda: a function's process with a loop that asks the Runtime API for work, and that API. */
import { join } from 'node:path'
import { end, launch } from '../../../infra/services/process.ts'
import { lambdaEnvironment, type Reply, type Running, type Starting } from './running.ts'
import { openRuntimeApi } from './runtime-api.ts'

/** How much longer than its timeout a function may be silent. */
const graceMs = 2_000

/** Starts a function's process, and resolves when it asks for work. @throws Error with what it says while it starts. */
export async function startOwn(starting: Starting): Promise<Running> {
  const timeoutMs = starting.timeoutSeconds * 1_000
  const api = await openRuntimeApi(timeoutMs)
  const child = launch(process.execPath, [join(import.meta.dirname, 'loop.mjs')], {
    cwd: starting.folder,
    env: { ...lambdaEnvironment(starting), AWS_LAMBDA_RUNTIME_API: api.address },
    output: 'pipe',
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text))
  const ended = Promise.withResolvers<never>()
  ended.promise.catch(() => undefined)
  child.once('close', (code) => ended.reject(new Error(`ended with ${code}: ${output}`)))
  const stop = async (): Promise<void> => {
    await end(child, 0)
    await api.close()
  }
  try {
    await Promise.race([api.asked, ended.promise])
  } catch (error) {
    await stop()
    throw error
  }
  const invoke = (event: unknown): Promise<Reply> =>
    Promise.race([api.invoke(event), ended.promise, silence(timeoutMs + graceMs)])
  return { invoke, freeze: () => child.kill('SIGSTOP'), thaw: () => child.kill('SIGCONT'), stop }
}

function silence(ms: number): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms).unref()
  return promise
}
