import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createInvoker, type Invoke } from '../../invoke.ts'

const servers: Server[] = []
const never = new AbortController().signal

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

describe('an invocation', () => {
  it('posts the event to the function and brings its answer', async () => {
    const seen: string[] = []
    const { invoke } = await functionAt((request, response) => {
      request.on('data', (chunk) => seen.push(`${request.method} ${request.url} ${chunk}`))
      request.on('end', () => response.end('{"batchItemFailures":[]}'))
    })

    expect(await invoke('{"é":1}', never)).toEqual({ kind: 'returned', payload: '{"batchItemFailures":[]}' })
    expect(seen).toEqual(['POST /2015-03-31/functions/shop-dev-persist/invocations {"é":1}'])
  })

  it('keeps its connection', async () => {
    const { invoke, server } = await functionAt((_request, response) => response.end('null'))
    let connections = 0
    server.on('connection', () => {
      connections += 1
    })
    for (let round = 0; round < 5; round += 1) await invoke('{}', never)
    expect(connections).toBe(1)
  })

  it('tells a handler that threw, though the status is 200', async () => {
    const { invoke } = await functionAt((_request, response) => {
      response.writeHead(200, { 'X-Amz-Function-Error': 'Unhandled' }).end('{"errorMessage":"boom"}')
    })
    expect(await invoke('{}', never)).toEqual({ kind: 'function-error', error: '{"errorMessage":"boom"}' })
  })

  it('takes a runtime that dies under it as an error of the function', async () => {
    const { invoke } = await functionAt((request) => request.socket.destroy())
    expect(await invoke('{}', never)).toMatchObject({ kind: 'function-error' })

    const { invoke: invokeHalf } = await functionAt((request, response) => {
      response.write('{"batchItem')
      setImmediate(() => request.socket.destroy())
    })
    expect(await invokeHalf('{}', never)).toMatchObject({ kind: 'function-error' })
  })

  it('takes silence beyond the timeout as an error of the function', async () => {
    const { invoke } = await functionAt(() => undefined, 50)
    expect(await invoke('{}', never)).toEqual({ kind: 'function-error', error: 'no answer within 50 ms' })
  })

  it.each([404, 429, 500, 502, 503])('does not reach the function when the answer is %d', async (status) => {
    const { invoke } = await functionAt((_request, response) => response.writeHead(status).end('{"Message":"no"}'))
    expect(await invoke('{}', never)).toEqual({ kind: 'not-reached', error: `status ${status}: {"Message":"no"}` })
  })

  it('does not reach the function when nothing listens', async () => {
    const { invoke, server } = await functionAt(() => undefined)
    server.close()
    expect(await invoke('{}', never)).toMatchObject({ kind: 'not-reached' })
  })

  it('is too large when the endpoint says so', async () => {
    const { invoke } = await functionAt((_request, response) => response.writeHead(413).end('too big'))
    expect(await invoke('{}', never)).toEqual({ kind: 'too-large', error: 'too big' })
  })

  it('ends when it is abandoned', async () => {
    const abandoning = new AbortController()
    const { invoke } = await functionAt(() => abandoning.abort())
    expect(await invoke('{}', abandoning.signal)).toMatchObject({ error: 'The operation was aborted' })
  })
})

async function functionAt(handler: RequestListener, timeoutMs = 5_000): Promise<{ invoke: Invoke; server: Server }> {
  const server = createServer(handler)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { invoke: createInvoker(`http://127.0.0.1:${port}`, 'shop-dev-persist', timeoutMs), server }
}
