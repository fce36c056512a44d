/** Lambda's Runtime API for one function at a time, and our own loop that asks it for work. */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { end, launch, send } from '../../../infra/services/launch.ts'
import { choosePorts } from '../../../infra/services/port.ts'
import { lambdaEnvironment, type Reply, type Running, type Starting } from './running.ts'

interface Work {
  id: string
  text: string
  done(reply: Reply): void
}

/** How much longer than its timeout a function may be silent. */
const graceMs = 2_000

/** Starts a function's process, and resolves when it asks for work. @throws Error with what it says while it starts. */
export async function startOwn(starting: Starting): Promise<Running> {
  const asked = Promise.withResolvers<number>()
  const broken = Promise.withResolvers<never>()
  for (const { promise } of [asked, broken]) promise.catch(() => undefined)
  const underway = new Map<string, Work>()
  let waiting: Work | undefined
  let poll: ServerResponse | undefined

  function handOver(): void {
    if (!poll || !waiting) return
    const deadline = Date.now() + starting.timeoutSeconds * 1_000
    poll.setHeader('lambda-runtime-aws-request-id', waiting.id)
    poll.setHeader('lambda-runtime-deadline-ms', deadline)
    poll.end(waiting.text)
    poll = waiting = undefined
  }

  const server = createServer(async (request, response) => {
    const [, , , what = '', id = '', verdict] = request.url?.split('/') ?? []
    if (request.method === 'GET') {
      asked.resolve(performance.now())
      poll = response
      handOver()
      return
    }
    const payload: unknown = JSON.parse(await textOf(request))
    response.writeHead(202).end()
    if (what === 'init') broken.reject(new Error(`does not start: ${JSON.stringify(payload)}`))
    else underway.get(id)?.done({ payload, isError: verdict === 'error' })
  })
  const [port = 0] = await choosePorts([9001])
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))

  const from = performance.now()
  const child = launch(process.execPath, [join(import.meta.dirname, 'loop.mjs')], {
    cwd: starting.folder,
    env: { ...lambdaEnvironment(starting), AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text))
  child.once('close', (code) => broken.reject(new Error(`ended with ${code}: ${output}`)))
  const stop = async (): Promise<void> => {
    await end(child, 0, 'SIGKILL')
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
  const initMs =
    (await Promise.race([asked.promise, broken.promise]).catch(async (error) => {
      await stop()
      throw error
    })) - from

  async function invoke(event: unknown): Promise<Reply> {
    const { promise, resolve: done } = Promise.withResolvers<Reply>()
    const id = randomUUID()
    waiting = { id, text: JSON.stringify(event), done }
    underway.set(id, waiting)
    handOver()
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(
      () => late.reject(new Error(`no answer in time: ${output}`)),
      starting.timeoutSeconds * 1_000 + graceMs,
    )
    return await Promise.race([promise, broken.promise, late.promise]).finally(() => {
      clearTimeout(timer)
      underway.delete(id)
    })
  }

  return {
    invoke,
    initMs: () => initMs,
    freeze: () => send(child, 'SIGSTOP'),
    thaw: () => send(child, 'SIGCONT'),
    stop,
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
