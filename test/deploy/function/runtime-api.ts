/** Lambda's Runtime API for one function. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
import { randomUUID } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Reply } from './running.ts'

export interface RuntimeApi {
  /** host:port */
  address: string
  /** Resolves when the runtime first asks for work; rejects with what hinders it to start. */
  asked: Promise<void>
  /** One event at a time. */
  invoke(event: unknown): Promise<Reply>
  close(): Promise<void>
}

interface Work {
  id: string
  text: string
  done(reply: Reply): void
}

export async function openRuntimeApi(timeoutMs: number): Promise<RuntimeApi> {
  const asked = Promise.withResolvers<void>()
  asked.promise.catch(() => undefined)
  let work: Work | undefined
  let poll: ServerResponse | undefined

  function handOver(): void {
    if (!poll || !work) return
    poll.setHeader('lambda-runtime-aws-request-id', work.id)
    poll.setHeader('lambda-runtime-deadline-ms', Date.now() + timeoutMs)
    poll.end(work.text)
    poll = undefined
  }

  const server = createServer(async (request, response) => {
    const [, , , what = '', id = '', verdict] = request.url?.split('/') ?? []
    if (request.method === 'GET') {
      asked.resolve()
      poll = response
      return handOver()
    }
    const payload: unknown = JSON.parse(await text(request))
    response.writeHead(202).end()
    if (what === 'init') asked.reject(new Error(`does not start: ${JSON.stringify(payload)}`))
    else if (work?.id === id) {
      const { done } = work
      work = undefined
      done({ payload, isError: verdict === 'error' })
    }
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))

  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: asked.promise,
    invoke: (event) =>
      new Promise((done) => {
        work = { id: randomUUID(), text: JSON.stringify(event), done }
        handOver()
      }),
    async close() {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
