/** What each function may do by its role, and what its bundle has to be able to do: both by function. */
import * as z from 'zod'
import type { Bundle } from './bundle.ts'
import { type DeployedFunction, type Packaged, Resource } from './stage.ts'

export interface Statement {
  actions: readonly string[]
  /** ARNs, in which `*` stands for anything; what CloudFormation fills in is filled in. */
  resources: readonly string[]
}

const oneOrMore = z.union([z.string().transform((one) => [one]), z.array(z.string())])
const RoleProperties = z.object({
  Policies: z
    .array(
      z.object({
        PolicyDocument: z.object({
          Statement: z.array(z.object({ Effect: z.literal('Allow'), Action: oneOrMore, Resource: z.unknown() })),
        }),
      }),
    )
    .default([]),
})

/** The logical id of a function's role, which is one of the template's own. */
function roleOf({ name, role }: DeployedFunction): string {
  const attribute = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }).safeParse(role)
  if (!attribute.success) throw new Error(`${name} has no role of this template: ${JSON.stringify(role)}`)
  return attribute.data['Fn::GetAtt'][0]
}

export function statementsOf({ stage, template }: Packaged, deployed: DeployedFunction): Statement[] {
  const role = Resource.parse(template.Resources[roleOf(deployed)])
  return RoleProperties.parse(role.Properties).Policies.flatMap(({ PolicyDocument }) =>
    PolicyDocument.Statement.map(({ Action, Resource }) => ({
      actions: Action,
      resources: [Resource].flat().map((resource) => filledIn(resource, stage)),
    })),
  )
}

/** Whether statements that only allow, allow this: the part of IAM's evaluation that identity policies without conditions need. */
export const allows = (statements: readonly Statement[], action: string, on: string): boolean =>
  statements.some(
    ({ actions, resources }) => actions.some((one) => fits(one, action)) && resources.some((one) => fits(one, on)),
  )

/** `*` is any text, also an empty one. */
export const fits = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(text)

/** A text as CloudFormation makes it of `Fn::Sub`, `Fn::ImportValue` and `Ref`. @throws Error on what it does not know. */
function filledIn(value: unknown, stage: string): string {
  if (typeof value === 'string') return value
  const [[form, given] = []] = Object.entries(z.record(z.string(), z.unknown()).parse(value))
  if (form === 'Ref') return literal(String(given))
  if (form === 'Fn::ImportValue') {
    const name = String(given).replace(`gochat-${stage}-`, '')
    return exported(stage)[name] ?? unknown(name)
  }
  if (form !== 'Fn::Sub') return unknown(String(form))
  const [text, values] = typeof given === 'string' ? [given, {}] : SubWithValues.parse(given)
  return text.replaceAll(/\$\{([\w:]+)\}/g, (_all, name: string) =>
    name in values ? filledIn(values[name], stage) : literal(name),
  )
}

const SubWithValues = z.tuple([z.string(), z.record(z.string(), z.unknown())])
const pseudo: Record<string, string> = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::AccountId': '000000000000',
}

/** Of a resource of the template, its logical id stands for its name. */
const literal = (name: string): string => pseudo[name] ?? name

function unknown(what: string): never {
  throw new Error(`a right names ${what}, of which test/deploy/grants.ts has no value`)
}

/** A call that a function makes. */
export interface Right {
  action: string
  on: string
  /** One of the same kind beside it, which must stay closed. */
  beside?: string
}

const arnOf = (service: string, resource: string): string => `arn:aws:${service}:us-east-1:000000000000:${resource}`
const topic = (action: string, name: string): Right => ({
  action: `kafka-cluster:${action}`,
  on: arnOf('kafka', `topic/gochat/id/${name}`),
  beside: arnOf('kafka', 'topic/gochat/id/another'),
})
const cluster = arnOf('kafka', 'cluster/gochat/id')
const onCluster = (action: string): Right => ({ action, on: cluster, beside: `${cluster}-other` })
const onAny = (action: string): Right => ({ action, on: '*' })

const messageTopic = 'chat-messages'
const fanOutTopic = 'chat-fan-out'
const failureTopic = 'chat-messages-dead-letter'
const signingSecret = arnOf('secretsmanager', 'secret:signing')

const writing = (name: string): Right[] => [topic('DescribeTopic', name), topic('WriteData', name)]

/** Only migrations change tables. */
const databaseUserOf = (name: string): string => (name === 'operationsMigrate' ? 'gochat_migrations' : 'gochat')
const anotherThan = (user: string): string => (user === 'gochat' ? 'gochat_migrations' : 'gochat')

/** By the module of a client: the calls that a function makes with it. */
const calls = (stage: string, name: string): Record<string, Right[]> => ({
  'lib/client/mysql.ts': [
    {
      action: 'rds-db:connect',
      on: arnOf('rds-db', `dbuser:database/${databaseUserOf(name)}`),
      beside: arnOf('rds-db', `dbuser:database/${anotherThan(databaseUserOf(name))}`),
    },
  ],
  'lib/client/redis.ts': ['serverlesscache', 'user'].map((kind) => ({
    action: 'elasticache:Connect',
    on: arnOf('elasticache', `${kind}:gochat-${stage}`),
    beside: arnOf('elasticache', `${kind}:another`),
  })),
  'lib/client/kafka.ts': [onCluster('kafka-cluster:Connect'), onCluster('kafka-cluster:WriteDataIdempotently')],
  'lib/client/message-topic.ts': writing(messageTopic),
  'lib/client/fan-out-topic.ts': writing(fanOutTopic),
  'lib/client/dead-letter-topic.ts': writing(failureTopic),
  'lib/client/gateway.ts': ['POST', 'DELETE'].map((method) => ({
    action: 'execute-api:ManageConnections',
    on: arnOf('execute-api', `WebsocketsApi/${stage}/${method}/@connections/id`),
    beside: arnOf('execute-api', `another/${stage}/${method}/@connections/id`),
  })),
  'lib/client/storage.ts': ['GetObject', 'PutObject', 'DeleteObject'].map((action) => ({
    action: `s3:${action}`,
    on: 'arn:aws:s3:::media/chat-files/day/id.png',
    beside: 'arn:aws:s3:::another/chat-files/day/id.png',
  })),
  'lib/client/signing-key.ts': [
    { action: 'secretsmanager:GetSecretValue', on: signingSecret, beside: `${signingSecret}-other` },
  ],
})

/** What the data stack exports, as far as rights name it. */
const exported = (stage: string): Record<string, string> => ({
  KafkaArn: cluster,
  KafkaPath: 'gochat/id',
  DatabaseResource: 'database',
  CacheName: `gochat-${stage}`,
  CacheUser: `gochat-${stage}`,
  TokenSigningSecret: signingSecret,
  MediaBucket: 'media',
})

const consumed: Record<string, { group: string; from: string; failures?: string }> = {
  streamPersist: { group: 'gochat-persist', from: messageTopic, failures: failureTopic },
  streamFanOut: { group: 'gochat-fan-out', from: fanOutTopic, failures: failureTopic },
  streamDeadLetter: { group: 'gochat-dead-letter', from: failureTopic },
}

const networkInterfaces = ['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:DescribeNetworkInterfaces']

/** What Lambda's pollers do by the role of a consumer. */
function polling(name: string): Right[] {
  const mapping = consumed[name]
  if (!mapping) return []
  const { group, from, failures } = mapping
  const onGroup = (action: string): Right => ({
    action: `kafka-cluster:${action}`,
    on: arnOf('kafka', `group/gochat/id/${group}`),
    beside: arnOf('kafka', 'group/gochat/id/another'),
  })
  return [
    ...['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka-cluster:Connect'].map(onCluster),
    ...['DescribeGroup', 'AlterGroup'].map(onGroup),
    ...[topic('DescribeTopic', from), topic('ReadData', from)],
    ...(failures ? writing(failures) : []),
    ...['kafka:GetBootstrapBrokers', 'ec2:DescribeVpcs'].map(onAny),
    ...[...networkInterfaces, 'ec2:DescribeSubnets', 'ec2:DescribeSecurityGroups'].map(onAny),
  ]
}

/** Lambda's guide to execution roles of functions in a VPC lists them. */
const inside = [
  ...networkInterfaces,
  'ec2:DescribeSubnets',
  'ec2:DescribeSecurityGroups',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
].map(onAny)

const stores = ['lib/client/mysql.ts', 'lib/client/redis.ts', 'lib/client/kafka.ts']

/** Whether a bundle holds the client of a store, which only the network reaches. */
export const needsNetwork = ({ modules }: Bundle): boolean => stores.some((store) => modules.includes(store))

/** All that a function has to be allowed, and nothing else may be. */
export function rightsOf(stage: string, name: string, bundle: Bundle): Right[] {
  const log = ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({
    action,
    on: arnOf('logs', `log-group:/aws/lambda/gochat-${stage}-${name}:log-stream:s`),
    beside: arnOf('logs', 'log-group:/aws/lambda/another:log-stream:s'),
  }))
  const made = Object.entries(calls(stage, name)).flatMap(([client, its]) =>
    bundle.modules.includes(client) ? its : [],
  )
  return [...log, ...made, ...polling(name), ...(needsNetwork(bundle) ? inside : [])]
}
