import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import EdgePlugin from '../../infra/local/edge/plugin.ts'
import { readSettings } from '../../infra/local/edge/settings.ts'
import { codeDir } from './edge-code.ts'
import { edge } from './edge-origin.ts'

const handler = 'functions/socket/authorize.handler'

describe('the settings', () => {
  test('may be absent: the edge stands at 8080 before the ports of serverless-offline', () => {
    expect(readSettings({ functions: {} }, {}, '/service')).toMatchObject({
      hosts: ['127.0.0.1', '::1'],
      port: 8080,
      httpApi: { url: new URL('http://localhost:3000'), routes: new Set(), cors: undefined },
      webSocketApi: new URL('http://localhost:3001'),
      webSocketPath: '/api/ws',
      originSecret: undefined,
      staticFolders: [],
      limits: { maxBodyBytes: 10_485_760, maxFrameBytes: 32_768, maxMessageBytes: 131_072, timeoutMs: 30_000 },
    })
  })

  test('follow serverless-offline, whose command line wins over its section', () => {
    const custom = { 'serverless-offline': { host: '127.0.0.1', httpPort: 4000, websocketPort: 4001 } }
    const settings = readSettings({ custom, functions: {} }, { httpPort: '5000', websocketPort: undefined }, '/service')
    expect([settings.httpApi.url.href, settings.webSocketApi.href]).toEqual([
      'http://127.0.0.1:5000/',
      'http://127.0.0.1:4001/',
    ])
  })

  test('take numbers as texts, folders relative to the service, and an empty secret for none', () => {
    const edge = { port: '0', originSecret: '', static: { '/swagger': 'docs', '/demo': ['a', '/b'] } }
    expect(readSettings({ custom: { edge }, functions: {} }, {}, '/service')).toMatchObject({
      port: 0,
      originSecret: undefined,
      staticFolders: [
        { prefix: '/swagger', folders: ['/service/docs'] },
        { prefix: '/demo', folders: ['/service/a', '/b'] },
      ],
    })
  })

  test('know the routes of the functions, and what the API tells browsers', () => {
    const cors = { allowedOrigins: ['*'] }
    const functions = {
      health: { events: [{ httpApi: 'GET /api/health' }, { httpApi: { method: 'POST', path: '/api/health' } }] },
      other: { events: [{ httpApi: '*' }, { websocket: '$default' }] },
    }
    const { httpApi } = readSettings({ functions, provider: { httpApi: { cors } } }, {}, '/service')
    expect([...httpApi.routes]).toEqual(['GET /api/health', 'POST /api/health', '$default'])
    expect(httpApi.cors).toBe(cors)
  })

  test.each(['GET /users/{id}', 'ANY /users', 'GET /{proxy+}', '* /users'])('refuse the route %s', (httpApi) => {
    const read = () => readSettings({ functions: { user: { events: [{ httpApi }] } } }, {}, '/service')
    expect(read).toThrow(`The edge has no route for patterns such as ${httpApi}`)
  })

  test.each([
    [{ port: 'http' }, 'custom.edge.port must be a port number.'],
    [{ host: 5 }, 'custom.edge.host must be a text.'],
    [
      { static: { 'swagger/': 'a' } },
      'custom.edge.static.swagger/: a path begins with a slash and does not end with one.',
    ],
    [{ static: { '/swagger': null } }, 'custom.edge.static./swagger must be a text.'],
  ])('that make no sense are named: %o', (edge, sentence) => {
    expect(() => readSettings({ custom: { edge }, functions: {} }, {}, '/service')).toThrow(sentence)
  })
})

describe('the plugin', () => {
  class Sentence extends Error {}

  function serverlessAt(serviceDir: string, edgeSettings: object) {
    const functions = {
      authorize: { handler, timeout: 5 },
      connect: { handler: 'functions/socket/connect.handler', events: [{ websocket: { authorizer: 'authorize' } }] },
      health: { handler: 'functions/health.handler', events: [{ httpApi: '*' }] },
    }
    const custom = { edge: edgeSettings, 'serverless-offline': { location: 'built' } }
    const provider = { websocketsApiRouteSelectionExpression: '$request.body.route' }
    return { serviceDir, classes: { Error: Sentence }, service: { custom, functions, provider } }
  }
  const silent = { log: { notice: () => {} } }

  test('shows serverless-offline the handlers that stand before the real ones, and the builder those again', async () => {
    const dir = await codeDir('export const handler = async () => {}')
    await mkdir(join(dir, 'built/functions/socket'), { recursive: true })
    await writeFile(join(dir, 'built/functions/socket/authorize.mjs'), 'export const handler = async () => {}')
    await writeFile(join(dir, 'built/functions/health.mjs'), 'export const handler = async () => {}')
    const serverless = serverlessAt(dir, {})
    const before = serverless.service.functions
    const { hooks } = new EdgePlugin(serverless, {}, silent)

    await hooks['offline:start:init']?.()
    expect(serverless.service.functions.authorize).toEqual({ handler: '.edge/authorize.handler', timeout: 5 })
    expect(serverless.service.functions.health.handler).toBe('.edge/health.handler')
    expect(serverless.service.functions.connect).toBe(before.connect)
    expect(await readFile(join(dir, 'built/.edge/authorize.mjs'), 'utf8')).toContain(
      '"../functions/socket/authorize.mjs"',
    )

    // No frame selects a route by a name of its own.
    expect(serverless.service.provider.websocketsApiRouteSelectionExpression).toBe('$request.body.route^^')

    await hooks['after:offline:start:init']?.()
    expect(serverless.service.functions).toBe(before)
    expect(before.authorize.handler).toBe(handler)
  })

  test('listens from ready to end, and says where', async () => {
    const said: string[] = []
    const serverless = serverlessAt('/service', { port: 0 })
    const { hooks } = new EdgePlugin(serverless, {}, { log: { notice: (text) => said.push(text) } })
    await hooks['before:offline:start:init']?.()
    expect(said).toEqual([])
    await hooks['offline:start:ready']?.()
    const [address] = said.join().match(/http:.*$/) ?? []
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
