import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { translateUnauthorized, webSocketAuthorizers } from '../../infra/local/edge/authorizer.ts'
import EdgePlugin from '../../infra/local/edge/plugin.ts'
import { readSettings } from '../../infra/local/edge/settings.ts'
import { edge } from './edge-origin.ts'

async function codeDir(authorizer: string, name = 'authorize.mjs'): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'edge-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  await mkdir(join(dir, 'functions/socket'), { recursive: true })
  await writeFile(join(dir, 'functions/socket', name), authorizer)
  return dir
}

const handler = 'functions/socket/authorize.handler'

describe('the settings', () => {
  test('may be absent: the edge stands at 8080 before the ports of serverless-offline', () => {
    expect(readSettings({}, {}, '/service')).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      httpApi: new URL('http://localhost:3000'),
      webSocketApi: new URL('http://localhost:3001'),
      webSocketPath: '/api/ws',
      originSecret: undefined,
      staticFolders: [],
      limits: { maxBodyBytes: 10_485_760, maxFrameBytes: 32_768, maxMessageBytes: 131_072, timeoutMs: 30_000 },
    })
  })

  test('follow serverless-offline, whose command line wins over its section', () => {
    const custom = { 'serverless-offline': { host: '127.0.0.1', httpPort: 4000, websocketPort: 4001 } }
    const settings = readSettings(custom, { httpPort: '5000', websocketPort: undefined }, '/service')
    expect([settings.httpApi.href, settings.webSocketApi.href]).toEqual([
      'http://127.0.0.1:5000/',
      'http://127.0.0.1:4001/',
    ])
  })

  test('take numbers as texts, folders relative to the service, and an empty secret for none', () => {
    const edge = { port: '0', originSecret: '', static: { '/swagger': 'docs', '/demo': ['a', '/b'] } }
    expect(readSettings({ edge }, {}, '/service')).toMatchObject({
      port: 0,
      originSecret: undefined,
      staticFolders: [
        { prefix: '/swagger', folders: ['/service/docs'] },
        { prefix: '/demo', folders: ['/service/a', '/b'] },
      ],
    })
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
    expect(() => readSettings({ edge }, {}, '/service')).toThrow(sentence)
  })
})

describe('the authorizer', () => {
  test('is found in the websocket events, be it named by a text or an object', () => {
    const functions = {
      first: { handler: 'a.handler' },
      second: { handler: 'b.handler' },
      other: { handler: 'c.handler', events: [{ httpApi: 'GET /' }, { websocket: '$default' }] },
      connect: {
        handler: 'd.handler',
        events: [{ websocket: { route: '$connect', authorizer: { name: 'first', identitySource: [] } } }],
      },
      again: { events: [{ websocket: { authorizer: 'second' } }, { websocket: { authorizer: 'first' } }] },
      foreign: {
        events: [{ websocket: { authorizer: { arn: 'arn:aws:lambda:::' } } }, { websocket: { authorizer: 'no' } }],
      },
    }
    expect(webSocketAuthorizers(functions)).toEqual([
      { name: 'first', handler: 'a.handler' },
      { name: 'second', handler: 'b.handler' },
    ])
  })

  test('says Unauthorized by that error alone: other faults stay faults, policies pass', async () => {
    const dir = await codeDir(`export const handler = async ({ error, answer }, context) => {
      if (error) throw error
      return answer ?? context
    }`)
    expect(await translateUnauthorized(dir, 'authorize', handler)).toBe('.edge/authorize.handler')

    const { handler: wrapped } = await import(pathToFileURL(join(dir, '.edge/authorize.mjs')).href)
    const policy = { principalId: 'ada' }
    expect(await wrapped({ answer: policy })).toBe(policy)
    expect(await wrapped({}, 'context')).toBe('context')
    expect(await wrapped({ error: new Error('Unauthorized') })).toBe('Unauthorized')
    for (const message of ['unauthorized', 'Unauthorized.', 'Unauthorized: connect ECONNREFUSED', '']) {
      await expect(wrapped({ error: new Error(message) })).rejects.toThrow(message)
    }
    await expect(wrapped({ error: { message: 'Unauthorized' } })).rejects.toEqual({ message: 'Unauthorized' })
    await expect(wrapped({ answer: 'Unauthorized' })).rejects.toThrow('throw it')
  })

  test('is found whichever way it was built', async () => {
    const dir = await codeDir(
      'module.exports.handler = async () => { throw new Error("Unauthorized") }',
      'authorize.cjs',
    )
    await translateUnauthorized(dir, 'authorize', handler)
    const { handler: wrapped } = await import(pathToFileURL(join(dir, '.edge/authorize.mjs')).href)
    expect(await wrapped()).toBe('Unauthorized')
    await expect(translateUnauthorized(dir, 'other', 'functions/none.handler')).rejects.toThrow('has no built file')
  })
})

describe('the plugin', () => {
  class Sentence extends Error {}

  function serverlessAt(serviceDir: string, edgeSettings: object) {
    const functions = {
      authorize: { handler, timeout: 5 },
      connect: { handler: 'functions/socket/connect.handler', events: [{ websocket: { authorizer: 'authorize' } }] },
    }
    const custom = { edge: edgeSettings, 'serverless-offline': { location: 'built' } }
    return { serviceDir, classes: { Error: Sentence }, service: { custom, functions } }
  }
  const silent = { log: { notice: () => {} } }

  test('shows serverless-offline the wrapped authorizer, and the builder the real one again', async () => {
    const dir = await codeDir('export const handler = async () => {}')
    await mkdir(join(dir, 'built/functions/socket'), { recursive: true })
    await writeFile(join(dir, 'built/functions/socket/authorize.mjs'), 'export const handler = async () => {}')
    const serverless = serverlessAt(dir, {})
    const before = serverless.service.functions
    const { hooks } = new EdgePlugin(serverless, {}, silent)

    await hooks['offline:start:init']?.()
    expect(serverless.service.functions.authorize).toEqual({ handler: '.edge/authorize.handler', timeout: 5 })
    expect(serverless.service.functions.connect).toBe(before.connect)
    expect(await readFile(join(dir, 'built/.edge/authorize.mjs'), 'utf8')).toContain(
      '"../functions/socket/authorize.mjs"',
    )

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
