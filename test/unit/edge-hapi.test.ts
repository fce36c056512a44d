/** The HTTP server of serverless-offline is a hapi one: what it takes from the edge's hands, and what it makes of it. */
import { createRequire } from 'node:module'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { expect, onTestFinished, test, vi } from 'vitest'
import { gatewayLimits } from '../../infra/local/edge/settings.ts'
import { edge } from './edge-origin.ts'
import { ask } from './edge-viewer.ts'

type Request = { headers: Record<string, string> }
type Hapi = {
  info: { port: number }
  route(route: { method: string; path: string; options?: object; handler: (request: Request) => unknown }): void
  start(): Promise<void>
  stop(): Promise<void>
}

const offline = createRequire(createRequire(import.meta.url).resolve('serverless-offline'))
const { server: createHapi }: { server(options: object): Hapi } = offline('@hapi/hapi')

async function hapi(handler: (request: Request) => unknown): Promise<URL> {
  const server = createHapi({ host: '127.0.0.1', port: 0 })
  const options = { timeout: { socket: false }, payload: { parse: false } }
  server.route({ method: 'POST', path: '/{path*}', options, handler })
  await server.start()
  onTestFinished(() => server.stop())
  return new URL(`http://127.0.0.1:${server.info.port}`)
}

const eventOf = ({ headers }: Request): APIGatewayProxyEventV2 => JSON.parse(headers['x-gateway-event'] ?? '')

test('answers GET and HEAD, and knows the viewer', async () => {
  const httpApi = await hapi((request) => eventOf(request).requestContext.http.sourceIp)
  const { port } = await edge({ httpApi })
  expect(await ask(port, '/')).toMatchObject({ status: 200, body: '127.0.0.1', headers: { connection: 'keep-alive' } })
  const head = await ask(port, '/', { method: 'HEAD' })
  expect([head.status, head.headers['content-length'], head.body]).toEqual([200, '9', ''])
})

test('takes bodies whether their length is announced or not', async () => {
  const httpApi = await hapi((request) => `${eventOf(request).body} ${eventOf(request).headers['content-length']}`)
  const { port } = await edge({ httpApi })
  const body = 'ü'.repeat(50_000)
  for (const more of [{}, { 'transfer-encoding': 'chunked' }]) {
    const headers = { 'content-type': 'text/plain', ...more }
    expect((await ask(port, '/', { method: 'POST', headers, body })).body).toBe(`${body} 100000`)
  }
})

test('that answers when the edge has given up is not heard, and nothing breaks', async () => {
  const rejected = vi.fn()
  process.on('unhandledRejection', rejected)
  onTestFinished(() => {
    process.off('unhandledRejection', rejected)
  })
  const { promise: mayAnswer, resolve: answerNow } = Promise.withResolvers<string>()
  const httpApi = await hapi(() => mayAnswer)
  const { port } = await edge({ httpApi, limits: { ...gatewayLimits, timeoutMs: 50 } })
  const chunked = { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body: 'x' }
  for (const options of [{}, { method: 'POST', body: 'x' }, chunked]) {
    expect((await ask(port, '/', options)).body).toBe('{"message":"Service Unavailable"}')
  }
  answerNow('too late')
  for (let turns = 0; turns < 5; turns += 1) await new Promise(setImmediate)
  expect(rejected).not.toHaveBeenCalled()
})
