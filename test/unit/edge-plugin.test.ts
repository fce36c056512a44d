import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import EdgePlugin from '../../infra/local/edge/plugin.ts'
import { readSettings } from '../../infra/local/edge/settings.ts'
import { choosePorts, isPortTaken } from '../../infra/services/port.ts'
import { edge } from './edge-testbed.ts'

const secret = 'secret'

describe('the settings', () => {
  test('may be absent but for the secret: the edge stands at 8080, takes posts at 3001 and invocations at 3002', () => {
    expect(readSettings({ custom: { edge: { secret } }, functions: {} }, '/service')).toMatchObject({
      hosts: ['127.0.0.1', '::1'],
      port: 8080,
      managementPort: 3001,
      invokePort: 3002,
      httpApi: { routes: new Map(), cors: undefined },
      socketRoutes: { isAnswering: false },
      staticFolders: [],
      page: undefined,
      farewell: undefined,
      limits: { maxBodyBytes: 10_485_760, maxFrameBytes: 32_768, maxMessageBytes: 131_072, timeoutMs: 30_000 },
    })
  })

  test('take numbers as texts, and folders relative to the service', () => {
    const edge = {
      ...{ secret, port: '0', static: { '/swagger': 'docs', '/demo': '/b' } },
      page: { folder: 'page', views: ['sign-in'] },
    }
    expect(readSettings({ custom: { edge }, functions: {} }, '/service')).toMatchObject({
      port: 0,
      staticFolders: [
        { prefix: '/swagger', folder: '/service/docs' },
        { prefix: '/demo', folder: '/b' },
      ],
      page: { folder: '/service/page', views: ['sign-in'] },
    })
  })

  test('know the routes of the functions, and what the API tells browsers', () => {
    const cors = { allowedOrigins: ['*'] }
    const functions = {
      health: { events: [{ httpApi: 'GET /api/health' }, { httpApi: { method: 'POST', path: '/api/health' } }] },
      other: { events: [{ httpApi: '*' }, { websocket: '$default' }] },
    }
    const { httpApi } = readSettings(
      { custom: { edge: { secret } }, functions, provider: { httpApi: { cors } } },
      '/service',
    )
    expect([...httpApi.routes]).toEqual([
      ['GET /api/health', 'health'],
      ['POST /api/health', 'health'],
      ['$default', 'other'],
    ])
    expect(httpApi.cors).toBe(cors)
  })

  test.each(['GET /users/{id}', 'ANY /users', 'GET /{proxy+}', '* /users'])('refuse the route %s', (httpApi) => {
    const read = () =>
      readSettings({ custom: { edge: { secret } }, functions: { user: { events: [{ httpApi }] } } }, '/service')
    expect(read).toThrow(`The edge has no route for patterns such as ${httpApi}`)
  })

  test('know the functions of the WebSocket API', () => {
    const routeResponseSelectionExpression = '$default'
    const functions = {
      connect: {
        events: [{ websocket: { route: '$connect', authorizer: { name: 'authorize', identitySource: [] } } }],
      },
      message: { events: [{ websocket: { route: '$default', routeResponseSelectionExpression } }] },
      disconnect: { events: [{ websocket: '$disconnect' }] },
    }
    const all = { $connect: 'connect', authorizer: 'authorize', $default: 'message', $disconnect: 'disconnect' }
    expect(readSettings({ custom: { edge: { secret } }, functions }, '/service').socketRoutes).toEqual({
      ...all,
      isAnswering: true,
    })
    const few = { connect: { events: [{ websocket: { route: '$connect', authorizer: 'named' } }] } }
    expect(readSettings({ custom: { edge: { secret } }, functions: few }, '/service').socketRoutes).toEqual({
      ...{ $connect: 'connect', authorizer: 'named', isAnswering: false },
    })
  })

  test('refuse a route that frames choose', () => {
    const read = () =>
      readSettings({ custom: { edge: { secret } }, functions: { say: { events: [{ websocket: 'say' }] } } }, '/service')
    expect(read).toThrow('The edge has no route for frames such as say')
  })

  test('make a farewell of a message and of numbers that differ', () => {
    const farewell = { message: { type: 10, reason: 'SHUTDOWN' }, randomBelow: { reconnect_after_ms: 5000 } }
    const { farewell: draw } = readSettings({ custom: { edge: { secret, farewell } }, functions: {} }, '/service')
    const drawn = Array.from({ length: 100 }, () => JSON.parse(draw?.() ?? ''))
    const waits = drawn.map(({ reconnect_after_ms, ...rest }) => {
      expect(rest).toEqual({ type: 10, reason: 'SHUTDOWN' })
      return reconnect_after_ms
    })
    expect(waits.every((wait) => Number.isInteger(wait) && wait >= 0 && wait < 5000)).toBe(true)
    expect(new Set(waits).size).toBeGreaterThan(50)
  })

  test.each([
    [{ port: 'http' }, 'custom.edge.port must be a port number.'],
    [{ invokePort: 65536 }, 'custom.edge.invokePort must be a port number.'],
    [{ secret: '' }, 'custom.edge.secret must be a text.'],
    [{ managementPort: -1 }, 'custom.edge.managementPort must be a port number.'],
    [
      { static: { 'swagger/': 'a' } },
      'custom.edge.static.swagger/: a path begins with a slash and does not end with one.',
    ],
    [{ page: {} }, 'custom.edge.page.folder must be a text.'],
    ...['chat', ['/chat'], ['chat/'], [''], [1]].map((views): [object, string] => [
      { page: { folder: 'page', views } },
      'custom.edge.page.views must be a list of the first parts of paths, without slashes.',
    ]),
    [{ static: { '/swagger': null } }, 'custom.edge.static./swagger must be a text.'],
  ])('that make no sense are named: %o', (edge, sentence) => {
    expect(() => readSettings({ custom: { edge: { secret, ...edge } }, functions: {} }, '/service')).toThrow(sentence)
  })
})

describe('the plugin', () => {
  class Sentence extends Error {}

  function serverlessAt(serviceDir: string, edgeSettings: object) {
    const functions = {
      connect: {
        handler: 'connect.handler',
        timeout: 5,
        events: [{ websocket: '$connect' }, { schedule: 'rate(1 day)' }],
      },
      health: { handler: 'health.handler', events: [{ httpApi: '*' }] },
      migrate: { handler: 'migrate.handler' },
    }
    const custom = {
      edge: { secret, managementPort: 0, invokePort: 0, ...edgeSettings },
      'serverless-offline': { useInProcess: true },
    }
    const config = { servicePath: serviceDir }
    const provider = { name: 'aws', runtime: 'nodejs24.x', httpApi: {} }
    return { serviceDir, config, classes: { Error: Sentence }, service: { custom, functions, provider } }
  }
  const silent = { log: { notice: () => {} } }

  test('shows serverless-offline the functions without its own events, and everyone else all of them again', async () => {
    const serverless = serverlessAt('/service', {})
    const before = serverless.service.functions
    const { hooks } = new EdgePlugin(serverless, {}, silent)
    await hooks['offline:start:init']?.()
    expect(serverless.service.functions).toEqual({
      connect: { handler: 'connect.handler', timeout: 5, events: [{ schedule: 'rate(1 day)' }] },
      health: { handler: 'health.handler', events: [] },
      migrate: { handler: 'migrate.handler', events: [] },
    })
    await hooks['after:offline:start:init']?.()
    expect(serverless.service.functions).toBe(before)
  })

  test('has functions called by serverless-offline, with what they are given', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'edge-'))
    onTestFinished(() => rm(dir, { recursive: true }))
    await writeFile(
      join(dir, 'health.mjs'),
      'export const handler = async ({ rawPath }, { functionName }) => ({ rawPath, functionName })',
    )
    const [port = 0] = await choosePorts([0])
    const { hooks } = new EdgePlugin(serverlessAt(dir, { port }), {}, silent)
    await hooks['before:offline:start:init']?.()
    // A request that comes before there are functions waits for them.
    const early = fetch(`http://127.0.0.1:${port}/some/path`)
    await hooks['offline:start:ready']?.()
    expect(await (await early).json()).toMatchObject({ rawPath: '/some/path' })
    await hooks['before:offline:start:end']?.()
  })

  test('has its port before anything has been started, and says so when there are functions', async () => {
    const [port = 0] = await choosePorts([0])
    const said: string[] = []
    const serverless = serverlessAt('/service', { port })
    const { hooks } = new EdgePlugin(serverless, {}, { log: { notice: (text) => said.push(text) } })
    await hooks['before:offline:start:init']?.()
    expect(said).toEqual([])
    expect(await isPortTaken(port)).toBe(true)
    await hooks['offline:start:ready']?.()
    const [address] = said.join().match(/http:.*$/) ?? []
    expect(address).toBe(`http://127.0.0.1:${port}`)
    expect((await fetch(`${address}/api/ws`)).status).toBe(426)
    await hooks['before:offline:start:end']?.()
    await expect(fetch(`${address}/api/ws`)).rejects.toThrow()
  })

  test('says in one sentence that the port is taken, before anything has been started', async () => {
    const { port } = await edge({})
    const { hooks } = new EdgePlugin(serverlessAt('/service', { port }), {}, silent)
    const failure = hooks['before:offline:start:init']?.()
    await expect(failure).rejects.toThrow(Sentence)
    await expect(failure).rejects.toThrow(`Port ${port} on 127.0.0.1 is taken.`)
  })

  test('ends without having been ready', async () => {
    const { hooks } = new EdgePlugin(serverlessAt('/service', {}), {}, silent)
    await hooks['before:offline:start:end']?.()
  })
})
