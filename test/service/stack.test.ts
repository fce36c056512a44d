/** The stack of the functions, as CloudFormation will read it: roles, variables, and what both APIs let in. */
import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { type Packaged, packaged, packagingMs, reached, serverless } from './packaged.ts'

const root = resolve(import.meta.dirname, '../..')

let folder: string
let template: Packaged['template']
let zips: Packaged['zips']

beforeAll(async () => {
  ;({ folder, template, zips } = await packaged())
}, packagingMs)

afterAll(() => rm(folder, { recursive: true, force: true }))

const ofType = (type: string) =>
  Object.values(template.Resources).flatMap((resource) => (resource.Type === type ? [resource.Properties] : []))

const names = (): string[] => [...zips.keys()].sort()

it('a stage has to be named, and local is none', async () => {
  for (const stage of [[], ['--stage', 'local']]) {
    const env = { PATH: process.env.PATH, HOME: process.env.HOME }
    const refused = promisify(execFile)(process.execPath, [serverless, 'package', ...stage], { cwd: root, env })
    await expect(refused).rejects.toMatchObject({ stdout: expect.stringContaining('such as --stage dev') })
  }
})

it.each([
  [['deploy', 'function', '-f', 'userLogin', '--stage', 'dev'], 'Deploy the stage as a whole'],
  [['deploy', 'function', '-f', 'userLogin'], 'Deploy the stage as a whole'],
  [['deploy'], 'such as --stage dev'],
  [['deploy', '--package', 'nowhere'], 'such as --stage dev'],
])('serverless %j is refused with a sentence', async (args, sentence) => {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' }
  const refused = promisify(execFile)(process.execPath, [serverless, ...args], { cwd: root, env })
  await expect(refused).rejects.toMatchObject({ stdout: expect.stringContaining(sentence) })
})

it('stays within what CloudFormation takes of a stack, with room for more', () => {
  expect(Object.keys(template.Resources).length).toBeLessThan(450)
  expect(JSON.stringify(template).length).toBeLessThan(900_000)
})

describe('the event source mappings', () => {
  it('share the pollers that Lambda reserves', () => {
    const groups = ofType('AWS::Lambda::EventSourceMapping').map((mapping) => mapping.ProvisionedPollerConfig)
    expect(groups).toHaveLength(3)
    for (const group of groups) expect(group).toMatchObject({ PollerGroupName: 'gochat-production', MinimumPollers: 1 })
  })
})

describe('both APIs', () => {
  it('are reached over IPv6, too, and let a stage only so much in', () => {
    for (const api of ofType('AWS::ApiGatewayV2::Api')) expect(api).toMatchObject({ IpAddressType: 'dualstack' })
    const stages = ofType('AWS::ApiGatewayV2::Stage')
    expect(stages).toHaveLength(2)
    for (const stage of stages)
      expect(stage).toMatchObject({ DefaultRouteSettings: { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 } })
  })

  it('write access logs in which no token can be', () => {
    for (const { AccessLogSettings } of ofType('AWS::ApiGatewayV2::Stage')) {
      const { Format } = z.object({ Format: z.string() }).parse(AccessLogSettings)
      expect(() => JSON.parse(Format)).not.toThrow()
      const told = [...Format.matchAll(/\$context\.([\w.]+)/g)].map(([, name = '']) => name)
      expect(told).toContain('status')
      expect(told.filter((name) => /path|query|uri|header|authorizer|identity/i.test(name))).toEqual([])
    }
  })

  it('write no execution logs, in which every address would be', () => {
    const stages = ofType('AWS::ApiGatewayV2::Stage')
    expect(stages.length).toBe(2)
    expect(JSON.stringify(stages)).toContain('ThrottlingRateLimit')
    expect(JSON.stringify(stages)).not.toMatch(/LoggingLevel|DataTraceEnabled/)
    expect(JSON.stringify(ofType('AWS::CloudFront::Distribution'))).not.toMatch(/"Logging"|RealtimeLogConfig/)
  })
})

describe('the WebSocket API', () => {
  it('routes no frame by what the client wrote into it', () => {
    expect(ofType('AWS::ApiGatewayV2::Api')).toContainEqual(
      expect.objectContaining({ ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '\\$default' }),
    )
  })
})

describe('the functions', () => {
  it('know their own stage, the network’s way out, and nothing secret', () => {
    for (const { Environment, VpcConfig } of ofType('AWS::Lambda::Function')) {
      const { Variables } = z.object({ Variables: z.record(z.string(), z.unknown()) }).parse(Environment)
      expect(Variables).toMatchObject({ STAGE: 'production' })
      expect(Variables).not.toHaveProperty('JWT_SECRET')
      for (const [name, value] of Object.entries(Variables)) {
        if (name === 'TOKEN_KEYS') expect(value).toEqual({ Ref: 'TokenKeys' })
        if (name === 'ORIGIN_SECRET')
          expect(JSON.stringify(value)).toMatch(/^\{"Fn::Sub":\["\{\{resolve:secretsmanager:/)
      }
      if (VpcConfig) expect(VpcConfig).toMatchObject({ Ipv6AllowedForDualStack: true })
    }
  })
})

/** What a bundle carries of a client, the variable by which it finds the server, and the rights that it needs there. */
const clients: [mark: string, variable: string, actions: string[]][] = [
  ['mysql_native_password', 'MYSQL_URL', ['rds-db:connect']],
  ['slotsRefreshTimeout', 'REDIS_URL', ['elasticache:Connect']],
  ['KafkaJSNonRetriableError', 'KAFKA_BROKERS', ['kafka-cluster:WriteDataIdempotently', 'kafka-cluster:WriteData']],
  ['/@connections/', 'GATEWAY_ENDPOINT', ['execute-api:ManageConnections']],
]

describe('the roles', () => {
  it('are one a function, and give what its bundle needs: the rights of the clients that it carries', () => {
    const roles = names().map((name) => roleOf(name))
    expect(new Set(roles).size).toBe(names().length)
    for (const [mark, variable, actions] of clients) {
      const carriers = names().filter((name) => carries(name, mark))
      expect(carriers.length, mark).toBeGreaterThan(0)
      expect(
        names().filter((name) => variable in variablesOf(name)),
        variable,
      ).toEqual(carriers)
      for (const action of actions) {
        const allowed = names().filter((name) => resourcesOf(name, action).length > 0)
        expect(allowed, action).toEqual(carriers)
      }
    }
  })

  it.each([
    ['socketConnect', ['elasticache:Connect', 'execute-api:ManageConnections']],
    ['userInfo', ['elasticache:Connect', 'rds-db:connect']],
    ['operationsMigrate', ['rds-db:connect']],
    [
      'socketMessage',
      [
        'elasticache:Connect',
        'execute-api:ManageConnections',
        'kafka-cluster:Connect',
        'kafka-cluster:DescribeTopic',
        'kafka-cluster:WriteData',
        'kafka-cluster:WriteDataIdempotently',
        'rds-db:connect',
      ],
    ],
    [
      'streamPersist',
      [
        'elasticache:Connect',
        'execute-api:ManageConnections',
        'kafka-cluster:AlterGroup',
        'kafka-cluster:Connect',
        'kafka-cluster:DescribeGroup',
        'kafka-cluster:DescribeTopic',
        'kafka-cluster:ReadData',
        'kafka-cluster:WriteData',
        'kafka-cluster:WriteDataIdempotently',
        'kafka:DescribeCluster',
        'kafka:DescribeClusterV2',
        'kafka:GetBootstrapBrokers',
        'rds-db:connect',
      ],
    ],
    [
      'streamFanOut',
      [
        'elasticache:Connect',
        'execute-api:ManageConnections',
        'kafka-cluster:AlterGroup',
        'kafka-cluster:Connect',
        'kafka-cluster:DescribeGroup',
        'kafka-cluster:DescribeTopic',
        'kafka-cluster:ReadData',
        'kafka-cluster:WriteData',
        'kafka-cluster:WriteDataIdempotently',
        'kafka:DescribeCluster',
        'kafka:DescribeClusterV2',
        'kafka:GetBootstrapBrokers',
      ],
    ],
  ])('allow %s, beside its log and its place in the network, just what it does', (name, actions) => {
    const allowed = statementsOf(name).flatMap(({ Action }) => Action)
    expect([...new Set(allowed)].filter((action) => !/^(logs|ec2):/.test(action)).sort()).toEqual(actions)
  })

  it('name a resource for each action of which IAM knows one', () => {
    const wide = names().flatMap((name) =>
      statementsOf(name).flatMap(({ Action, Resource }) => (Resource === '*' ? Action : [])),
    )
    expect([...new Set(wide)].filter((action) => !action.startsWith('ec2:'))).toEqual(['kafka:GetBootstrapBrokers'])
  })

  it.each([
    ['streamPersist', ['chat-fan-out', 'chat-messages-dead-letter']],
    ['streamFanOut', ['chat-messages-dead-letter']],
    ['socketMessage', ['chat-messages']],
  ])('let %s write to the topics that it writes to, and to no others', (name, topics) => {
    const written = resourcesOf(name, 'kafka-cluster:WriteData').map(
      (resource) => /\/([\w-]+)"/.exec(JSON.stringify(resource))?.[1],
    )
    expect(written.sort()).toEqual(topics)
  })
})

it('what is imported of the data stack is exported there', async () => {
  const exported = [
    ...(await readFile(join(root, 'infra/data/template.yml'), 'utf8')).matchAll(/gochat-\$\{Stage\}-(\w+)/g),
  ].map(([, name]) => `gochat-production-${name}`)
  const found = [...JSON.stringify(template).matchAll(/"Fn::ImportValue":"([^"]+)"/g)].map(([, name = '']) => name)
  expect(new Set(found).size).toBeGreaterThan(10)
  expect([...new Set(found)].filter((name) => !exported.includes(name))).toEqual([])
})

const Statements = z.array(z.object({ Action: z.array(z.string()), Resource: z.unknown() }))

const functionOf = (name: string) =>
  ofType('AWS::Lambda::Function').find(({ FunctionName }) => FunctionName === `gochat-production-${name}`) ?? {}

const variablesOf = (name: string): Record<string, unknown> =>
  z.object({ Variables: z.record(z.string(), z.unknown()) }).parse(functionOf(name).Environment).Variables

const roleOf = (name: string): string =>
  z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }).parse(functionOf(name).Role)['Fn::GetAtt'][0]

const statementsOf = (name: string): z.infer<typeof Statements> =>
  Statements.parse(
    z
      .array(z.object({ PolicyDocument: z.object({ Statement: z.unknown() }) }))
      .parse(template.Resources[roleOf(name)]?.Properties.Policies)
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
  )

const resourcesOf = (name: string, action: string): unknown[] =>
  statementsOf(name).flatMap(({ Action, Resource }) => (Action.includes(action) ? [Resource].flat() : []))

/** Whether the mark is in a file that the function's bundle leads to. */
function carries(name: string, mark: string): boolean {
  const zip = zips.get(name) ?? new Map<string, Buffer>()
  const { Handler } = z.object({ Handler: z.string() }).parse(functionOf(name))
  return reached(zip, Handler.replace(/\.handler$/, '.mjs')).some((path) => zip.get(path)?.includes(mark))
}
