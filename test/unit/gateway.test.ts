/** Posts to connections: signed as the SDK signs, and every outcome a value. */
import http, { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import type { FinalizeRequestMiddleware } from '@smithy/types'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openGateway } from '../../lib/client/gateway.ts'
import { type AwsCredentials, createSigner } from '../../lib/client/signature.ts'
import { config } from '../../lib/core/config.ts'
import { outputOf } from '../service/output.ts'
import { openSilentProxy } from '../service/silent-proxy.ts'

interface Received {
  headers: IncomingMessage['headers']
  url: string
  body: string
}

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
  vi.useRealTimers()
})

/** A management endpoint that answers with `status` and keeps what it received; 0 never answers. */
async function endpoint(status: number): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', () => {
      received.push({ headers: request.headers, url: request.url ?? '', body: Buffer.concat(chunks).toString() })
      if (status > 0) response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, received }
}

function sdkClient(endpoint: string, credentials: AwsCredentials): ApiGatewayManagementApiClient {
  const sdk = new ApiGatewayManagementApiClient({ endpoint, region: config.region, credentials })
  // The SDK also signs headers that describe itself; without them both sign the same ones.
  const withoutOwnHeaders: FinalizeRequestMiddleware<object, object> = (next) => (given) => {
    const { headers } = given.request as { headers: Record<string, string> }
    for (const name of Object.keys(headers)) if (/^amz-sdk|user-agent/.test(name)) delete headers[name]
    return next(given)
  }
  sdk.middlewareStack.addRelativeTo(withoutOwnHeaders as never, {
    relation: 'before',
    toMiddleware: 'httpSigningMiddleware',
    name: 'withoutOwnHeaders',
  })
  return sdk
}

describe('a post', () => {
  it('carries the signature that the SDK would give it', async () => {
    vi.useFakeTimers({ now: new Date('2026-01-02T03:04:05Z'), toFake: ['Date'] })
    const { url, received } = await endpoint(200)
    const connectionId = 'a+b/c=d'
    const text = '{"type":2,"content":"你好"}'
    const sdk = sdkClient(`${url}/stage`, config.awsCredentials)
    await sdk.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: Buffer.from(text) }))
    expect(await openGateway(`${url}/stage`).post(connectionId, text, 1_000)).toBe('sent')

    const [theirs, ours] = received
    expect(theirs?.headers.authorization).toContain('SignedHeaders=')
    expect(ours).toEqual({
      ...theirs,
      headers: expect.objectContaining({ authorization: theirs?.headers.authorization }),
    })
  })

  it('carries it also with the session token of a function', async () => {
    vi.useFakeTimers({ now: new Date('2026-01-02T23:59:59Z'), toFake: ['Date'] })
    const { url, received } = await endpoint(200)
    const credentials = { accessKeyId: 'id', secretAccessKey: 'secret', sessionToken: 'token/+=' }
    const sign = createSigner(config.region, credentials)
    for (const time of ['2026-01-02T23:59:59Z', '2026-01-03T00:00:01Z']) {
      vi.setSystemTime(new Date(time))
      // The SDK learns the time of the server from each answer: a client of its own for each time.
      await sdkClient(url, credentials).send(
        new PostToConnectionCommand({ ConnectionId: "it's=(1)*", Data: Buffer.from('{}') }),
      )
      const theirs = received.at(-1)
      const { authorization } = sign(
        { method: 'POST', host: new URL(url).host, path: theirs?.url ?? '', body: Buffer.from('{}') },
        new Date(),
      )
      expect(authorization).toContain('x-amz-security-token')
      expect(authorization).toBe(theirs?.headers.authorization)
    }
  })

  it.each([
    [200, 'sent'],
    [410, 'gone'],
    [400, 'gone'],
    [401, 'refused'],
    [403, 'refused'],
    [429, 'failed'],
    [500, 'failed'],
  ] as const)('answered with %i is %s', async (status, outcome) => {
    const { url } = await endpoint(status)
    expect(await openGateway(url).post('x', '{}', 1_000)).toBe(outcome)
  })

  it.each([
    ['nothing', ''],
    ['a lone high surrogate', 'a\ud800'],
    ['a lone low surrogate', '\udc00a'],
    ['a pair the wrong way round', '\udc00\ud800'],
  ])('to an id that no gateway issues, %s, is gone without a request, and so is its close', async (_what, id) => {
    const { url, received } = await endpoint(200)
    const gateway = openGateway(url)
    expect(await gateway.post(id, '{}', 1_000)).toBe('gone')
    expect(await gateway.close(id, 1_000)).toBe('gone')
    expect(received).toEqual([])
  })

  it('to any other id has an outcome, whatever characters it has', async () => {
    const { url } = await endpoint(200)
    const gateway = openGateway(url)
    const ids = ['\0', '\r\nx: y', '..', '../../x', '?#', '%', '😀', 'é'.normalize('NFD'), '\u2028', 'x'.repeat(20_000)]
    for (const id of ids) expect(['sent', 'gone', 'failed']).toContain(await gateway.post(id, '{}', 1_000))
  })

  it('that cannot even be made fails, and is logged', async () => {
    const { url } = await endpoint(200)
    const output = await outputOf(async () => {
      vi.spyOn(http, 'request').mockImplementationOnce(() => {
        throw new TypeError('not foreseen')
      })
      expect(await openGateway(url).post('x', '{}', 1_000)).toBe('failed')
    })
    expect(output).toEqual([expect.stringContaining('not foreseen')])
  })

  it('that is never answered fails in time', async () => {
    const { url } = await endpoint(0)
    const before = Date.now()
    expect(await openGateway(url).post('x', '{}', 200)).toBe('failed')
    expect(Date.now() - before).toBeLessThan(1_000)
  })

  /** An endpoint behind a proxy, with five open connections that lead nowhere any more. */
  async function forgotten() {
    const { url } = await endpoint(200)
    const proxy = await openSilentProxy({ host: '127.0.0.1', port: Number(new URL(url).port) })
    closers.push(proxy.close)
    const gateway = openGateway(`http://127.0.0.1:${proxy.port}`)
    await Promise.all(Array.from({ length: 5 }, () => gateway.post('x', '{}', 1_000)))
    expect(proxy.opened()).toBe(5)
    proxy.forget()
    return gateway
  }

  it('fails once when all connections were lost without a word', async () => {
    const gateway = await forgotten()
    expect(await gateway.post('x', '{}', 200)).toBe('failed')
    expect(await gateway.post('x', '{}', 200)).toBe('sent')
  })

  it('uses none that was idle for half a minute', async () => {
    const gateway = await forgotten()
    vi.useFakeTimers({ now: Date.now() + 31_000, toFake: ['Date'] })
    expect(await gateway.post('x', '{}', 200)).toBe('sent')
  })

  it('to nobody fails', async () => {
    expect(await openGateway('http://127.0.0.1:1').post('x', '{}', 500)).toBe('failed')
  })
})
