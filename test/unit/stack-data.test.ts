/** The data stack says what the code that runs on it expects. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** CloudFormation's short forms, each as an object with one key. */
const tags = [
  'Ref',
  'Sub',
  'GetAtt',
  'If',
  'Select',
  'Split',
  'Cidr',
  'FindInMap',
  'Equals',
  'Not',
  'And',
  'Condition',
  'Base64',
].flatMap((name) => [
  { tag: `!${name}`, resolve: (text: string) => ({ [name]: text }) },
  {
    tag: `!${name}`,
    collection: 'seq' as const,
    resolve: (list: { toJSON(): unknown }) => ({ [name]: list.toJSON() }),
  },
])

const Template = z.object({
  Resources: z.record(
    z.string(),
    z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).optional() }),
  ),
  Outputs: z.record(z.string(), z.looseObject({ Export: z.object({ Name: z.unknown() }).optional() })),
})

const text = read('infra/data/template.yml')
const template = Template.parse(parse(text, { customTags: tags }))
const resource = (name: string) => template.Resources[name] ?? { Type: 'none' }
const service = parse(read('serverless.yml'))

describe('Kafka', () => {
  it('has the topics that the functions write to and read, on three brokers', () => {
    const topics = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::MSK::Topic')
    expect(topics.map(({ Properties }) => Properties?.TopicName)).toEqual([
      service.custom.messageTopic,
      service.custom.fanOutTopic,
      service.custom.deadLetterTopic,
    ])
    for (const { Properties } of topics) {
      expect(Properties).toMatchObject({ ReplicationFactor: 3 })
      // A record is acknowledged when two brokers have it.
      expect(JSON.stringify(Properties?.Configs)).toContain('min.insync.replicas=2')
    }
  })

  it('is reached by its roles alone, over TLS', () => {
    expect(resource('Kafka').Properties).toMatchObject({
      ClientAuthentication: { Sasl: { Iam: { Enabled: true } } },
      EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true } },
    })
  })
})

describe('MySQL', () => {
  it('sets for all connections what the client sets on each', () => {
    const client = read('lib/client/mysql.ts')
    const { Parameters } = z
      .object({ Parameters: z.record(z.string(), z.string()) })
      .parse(resource('DatabaseParameters').Properties)
    expect(client).toContain(`isolation level ${Parameters.transaction_isolation?.toLowerCase().replace('-', ' ')}`)
    expect(client).toContain(`innodb_lock_wait_timeout = ${Parameters.innodb_lock_wait_timeout}`)
    expect(client).toContain(`sql_mode = '${Parameters.sql_mode}'`)
    expect(client).toContain(`charset: '${Parameters.collation_server}'`)
    expect(Parameters.require_secure_transport).toBe('ON')
  })

  it('leaves a snapshot in production when it is deleted, and nothing elsewhere', () => {
    const policy = { If: ['IsProd', 'Snapshot', 'Delete'] }
    expect(resource('Database')).toMatchObject({ DeletionPolicy: policy, UpdateReplacePolicy: policy })
    expect(resource('Database').Properties).toMatchObject({ DeletionProtection: { If: ['IsKeptProd', true, false] } })
  })
})

it('Redis lets in one user, by role, who may do nothing that is for administrators', () => {
  expect(resource('CacheUsers').Properties).toMatchObject({ Engine: 'valkey', UserIds: [{ Ref: 'CacheUser' }] })
  expect(resource('CacheUser').Properties).toMatchObject({
    AccessString: 'on ~* +@all -@admin -@dangerous +info',
    AuthenticationMode: { Type: 'iam' },
  })
})

it('no rule lets in what is not of the stack, or out more than is told', () => {
  const rules = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::EC2::SecurityGroupIngress')
  expect(rules.length).toBeGreaterThan(3)
  for (const { Properties } of rules) expect(Properties).toHaveProperty('SourceSecurityGroupId')
  for (const group of ['FunctionGroup', 'StoreGroup']) {
    expect(resource(group).Properties).not.toHaveProperty('SecurityGroupIngress')
    expect(resource(group).Properties).toHaveProperty('SecurityGroupEgress')
  }
})

it('what is exported has the stage in its name, and is imported', () => {
  const names = Object.values(template.Outputs).flatMap(({ Export }) => (Export ? [JSON.stringify(Export.Name)] : []))
  expect(names.length).toBeGreaterThan(10)
  const table = read('infra/grants/table.ts') + read('infra/grants/plugin.ts') + read('infra/resources/edge.yml')
  for (const name of names) {
    const [, short = ''] = /^\{"Sub":"gochat-\$\{Stage\}-(\w+)"\}$/.exec(name) ?? []
    expect(table).toMatch(new RegExp(`[{'-]${short}\\b`))
  }
})

it('holds no alias, which CloudFormation does not read', () => {
  expect(text).not.toMatch(/[:\s][&*]\w+\s*$/m)
})
