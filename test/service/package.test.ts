/** What would be deployed: the template and the functions' bundles, packaged without network and credentials. */
import { execFile } from 'node:child_process'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { nameOf } from '../../infra/functions/http.ts'
import { type Packaged, packaged, packagingMs, reached } from './packaged.ts'
import { closeClients, db, person } from './stage.ts'

const root = resolve(import.meta.dirname, '../..')
/** By function: where its bundle is in its zip. */
let bundles: Map<string, string>
let folder: string
let template: Packaged['template']
let zips: Packaged['zips']
let leftovers: string[]

beforeAll(async () => {
  ;({ folder, template, zips, leftovers } = await packaged())
  const files = (await readdir(join(root, 'functions'), { recursive: true })).filter((file) => file.endsWith('.ts'))
  bundles = new Map(
    files.map((file) => [nameOf(file.replace(/\.ts$/, '')), `functions/${file.replace(/\.ts$/, '.mjs')}`]),
  )
}, packagingMs)

afterAll(async () => {
  await closeClients()
  await rm(folder, { recursive: true, force: true })
})

const ofType = (type: string) =>
  Object.values(template.Resources).flatMap((resource) => (resource.Type === type ? [resource.Properties] : []))

const names = (): string[] => [...bundles.keys()].sort()

it('packaging leaves no temporary files behind', () => {
  expect(leftovers).toEqual([])
})

describe('the event source mappings', () => {
  it('hand on what there is at once, and let the function say which records failed', () => {
    const mappings = ofType('AWS::Lambda::EventSourceMapping')
    expect(mappings.length).toBeGreaterThan(0)
    for (const mapping of mappings) {
      expect(mapping).toMatchObject({
        MaximumBatchingWindowInSeconds: 0,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        StartingPosition: 'TRIM_HORIZON',
      })
    }
  })

  it('name their consumer groups, each its own, so that a new deployment goes on where the last one was', () => {
    const groups = ofType('AWS::Lambda::EventSourceMapping').map(
      (mapping) =>
        z.object({ ConsumerGroupId: z.string() }).parse(mapping.AmazonManagedKafkaEventSourceConfig).ConsumerGroupId,
    )
    expect(groups).toContain('gochat-persist')
    expect(new Set(groups).size).toBe(groups.length)
  })
})

describe('the WebSocket API', () => {
  it('has an authorizer that is asked for every client, whatever it brings', () => {
    expect(ofType('AWS::ApiGatewayV2::Authorizer')).toEqual([
      expect.objectContaining({ AuthorizerType: 'REQUEST', IdentitySource: [] }),
    ])
    const [connect] = ofType('AWS::ApiGatewayV2::Route').filter(({ RouteKey }) => RouteKey === '$connect')
    expect(connect).toMatchObject({ AuthorizationType: 'CUSTOM', AuthorizerId: { Ref: expect.any(String) } })
  })

  it('answers frames by the response of its $default route', () => {
    const routes = Object.entries(template.Resources).filter(
      ([, { Properties }]) => Properties.RouteKey === '$default' && 'RouteResponseSelectionExpression' in Properties,
    )
    const [[id] = []] = routes
    expect(ofType('AWS::ApiGatewayV2::RouteResponse')).toEqual([
      expect.objectContaining({ RouteId: { Ref: id }, RouteResponseKey: '$default' }),
    ])
  })
})

describe('the functions', () => {
  it('are those of the folder, on Node 24', () => {
    const deployed = ofType('AWS::Lambda::Function')
    expect(deployed.map(({ FunctionName }) => FunctionName).sort()).toEqual(
      names().map((name) => `gochat-production-${name}`),
    )
    expect(new Set(deployed.map(({ Runtime }) => Runtime))).toEqual(new Set(['nodejs24.x']))
  })

  it('have a zip each, with the bundle where the handler is looked for, all chunks that it imports, and nobody else’s', () => {
    expect([...zips.keys()].sort()).toEqual(names())
    for (const [name, zip] of zips) {
      const stem = bundleOf(name).replace(/mjs$/, '')
      expect([...zip.keys()], name).toEqual(expect.arrayContaining(reached(zip, bundleOf(name))))
      expect([...zip.keys()].filter((path) => !path.startsWith(stem))).toEqual([])
    }
  })

  it.each([
    ['the database', 'mysql_native_password', ['socketMessage', 'socketAuthorize', 'userInfo']],
    ['the Kafka client', 'KafkaJSNonRetriableError', ['groupKick', 'operationsSweep', 'streamPersist', 'userDelete']],
  ])('parse %s only when they first need it, where that is seldom', (_what, mark, names) => {
    for (const name of names) {
      const carriers = [...(zips.get(name) ?? [])].flatMap(([path, file]) => (file.includes(mark) ? [path] : []))
      expect(carriers, name).toHaveLength(1)
      const atOnce = reached(zips.get(name) ?? new Map(), bundleOf(name), staticImport)
      expect(atOnce, name).not.toContain(carriers[0])
    }
  })

  it('find in their zips what they import only when they need it: the session that Redis does not know', async () => {
    const code = join(folder, 'unzipped')
    for (const [path, file] of zips.get('socketMessage') ?? []) {
      await mkdir(join(code, dirname(path)), { recursive: true })
      await writeFile(join(code, path), file)
    }
    const userId = await person('ada')
    // Their session is older than the account's epoch, which only MySQL knows.
    await db.updateTable('users').set({ session_epoch: 1 }).where('id', '=', userId).execute()
    const event = {
      body: JSON.stringify({ type: 0, ping: 1 }),
      requestContext: {
        requestId: 'r',
        connectionId: 'c',
        messageId: 'm',
        requestTimeEpoch: Date.now(),
        connectedAt: Date.now(),
        authorizer: { user_id: `${userId}`, session_id: '0.one', expires_at: `${Math.ceil(Date.now() / 1000) + 60}` },
      },
    }
    const run = `const { handler } = await import(process.argv[1])
      process.stdout.write((await handler(JSON.parse(process.argv[2]))).body ?? 'no answer', () => process.exit())`
    const bundle = pathToFileURL(join(code, bundleOf('socketMessage'))).href
    const args = ['--input-type=module', '--eval', run, bundle, JSON.stringify(event)]
    const env = { ...process.env, LOG_LEVEL: 'error' }
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder, env })
    // The answer follows what the function has logged.
    expect(JSON.parse(stdout.split('\n').at(-1) ?? ''), stderr).toMatchObject({ type: 9, reason: 'SESSION_ENDED' })
  })
})

const bundleOf = (name: string): string => bundles.get(name) ?? ''

const staticImport = /(?:from|import)\s*"(\.\/[^"]+\.mjs)"/g

/** Text that a minified bundle holds when it carries something, and who may. */
const carried: [what: string, mark: string, by: string[]][] = [
  ['bcrypt', '$2b$', ['userDelete', 'userLogin', 'userRegister', 'userUpdatePassword']],
  [
    'the Kafka client',
    'KafkaJSNonRetriableError',
    [
      ...['groupBan', 'groupCreate', 'groupDissolve', 'groupHandleJoin', 'groupInfoUpdate', 'groupInvite', 'groupJoin'],
      ...[
        'groupKick',
        'groupMarkRead',
        'groupMembersUpdate',
        'groupMute',
        'groupQuit',
        'groupSettings',
        'groupTransfer',
      ],
      ...[
        'operationsCheck',
        'operationsDeadLetters',
        'operationsSweep',
        'socketMessage',
        'streamFanOut',
        'streamPersist',
      ],
      'userDelete',
    ],
  ],
  ['migrations', 'create table if not exists', ['operationsMigrate']],
  ['the AWS SDK’s client', 'ApiGatewayManagementApi', []],
  [
    'the rules of friend requests',
    'friend_requests',
    [
      'friendBlock',
      'friendHandle',
      'friendRequest',
      'friendRequests',
      'friendUnblock',
      'operationsMigrate',
      'operationsSweep',
      'userDelete',
      'userExport',
    ],
  ],
  ['dead letters', 'dead_letters', ['operationsDeadLetters', 'operationsMigrate', 'streamDeadLetter', 'streamPersist']],
]

describe('the bundles', () => {
  const carriersOf = (mark: string): string[] =>
    names().filter((name) => [...(zips.get(name)?.values() ?? [])].some((file) => file.includes(mark)))

  it.each(carried)('carry %s only where needed', (_what, mark, by) => {
    expect(carriersOf(mark)).toEqual(by)
  })

  it('of sockets that come and go carry no database', () => {
    const carriers = carriersOf('mysql_native_password')
    expect(carriers).toContain('userInfo')
    expect(carriers).not.toContain('socketConnect')
    expect(carriers).not.toContain('socketDisconnect')
  })

  it('of what everybody may ask carry no store at all', () => {
    for (const mark of ['mysql_native_password', 'slotsRefreshTimeout', 'KafkaJSNonRetriableError'])
      expect(carriersOf(mark)).not.toContain('operationsHealth')
  })
})
