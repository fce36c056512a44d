/**
 * A Serverless plugin: each deployed function has a role of its own, and with its variables what its bundle reads of the
 * configuration. Locally nothing changes. List it before the plugins that package.
 */
import { configReads } from './reads.ts'
import {
  consumerStatements,
  databaseUsers,
  grantsOf,
  imported,
  insideStatement,
  logStatement,
  type Statement,
} from './table.ts'

interface Mapping {
  readonly topic: string
  readonly consumerGroupId: string
}

interface DeployedFunction {
  readonly name: string
  readonly handler: string
  readonly events?: readonly { readonly msk?: Mapping }[]
  role?: string
  reservedConcurrency?: number
  environment?: Record<string, unknown>
  vpc?: unknown
}

interface Service {
  readonly functions: Readonly<Record<string, DeployedFunction>>
  readonly custom: {
    readonly deadLetterTopic: string
    /** By function: how many of its environments may hold connections to the database; `each` is for those not named. */
    readonly databaseConcurrency: Readonly<Record<string, number>>
  }
  readonly provider: {
    environment?: Readonly<Record<string, string>>
    readonly compiledCloudFormationTemplate: { readonly Resources: Record<string, unknown> }
  }
}

interface Serverless {
  readonly service: Service
  readonly processedInput: { readonly commands: readonly string[] }
  readonly classes: { readonly Error: new (text: string, code: string) => Error }
  getProvider(name: 'aws'): { getStage(): string }
}

export default class GrantsPlugin {
  readonly hooks: Readonly<Record<string, () => Promise<void>>>

  constructor(serverless: Serverless) {
    const stage = (): string => serverless.getProvider('aws').getStage()
    this.hooks = {
      initialize: async () => {
        const refusal = refusalOf(serverless.processedInput.commands.join(' '), stage())
        // The framework shows the stack of any other error.
        if (refusal) throw new serverless.classes.Error(refusal, 'NOT_DEPLOYABLE')
      },
      // Before the framework makes one role for all functions that have none.
      'before:package:setupProviderConfiguration': () => grantAll(serverless.service, stage()),
    }
  }
}

/** Why a command of the framework is refused for a stage; undefined if it is not. */
function refusalOf(command: string, stage: string): string | undefined {
  if (command === 'deploy function')
    return 'Deploy the stage as a whole, such as npm run deploy -- --stage dev: a function alone would get neither its variables nor its rights.'
  if (['package', 'deploy'].includes(command) && stage === 'local')
    return 'Name the stage to package or deploy for, such as --stage dev. The stage `local` is never deployed.'
  return undefined
}

async function grantAll(service: Service, stage: string): Promise<void> {
  const { functions, provider, custom } = service
  const files = Object.entries(functions).map(([name, { handler }]) => [name, handler.replace(/\.\w+$/, '.ts')])
  const reads = await configReads(Object.fromEntries(files))
  const given = provider.environment ?? {}
  // Every function would get all of it beside its own.
  provider.environment = {}
  for (const [name, one] of Object.entries(functions)) {
    const table = grantsOf(stage, databaseUserOf(name), given)
    // What it is and how much it logs, every function is told.
    const values = new Set(['stage', 'logLevel', ...(reads.get(name) ?? [])])
    const grants = [...values].map((value) => table[value] ?? unknownValue(name, value))
    const isInside = grants.some((grant) => grant.isInside)
    const variables = Object.assign({}, ...grants.map(({ environment }) => environment))
    one.environment = isInside ? { ...variables, AWS_USE_DUALSTACK_ENDPOINT: 'true' } : variables
    if (isInside) one.vpc = inside(stage)
    const { each, [name]: atOnce = each } = custom.databaseConcurrency
    if (values.has('mysqlUrl') && atOnce !== undefined) one.reservedConcurrency = atOnce
    const role = `${name.charAt(0).toUpperCase()}${name.slice(1)}Role`
    one.role = role
    provider.compiledCloudFormationTemplate.Resources[role] = roleOf([
      logStatement(`/aws/lambda/${one.name}`),
      ...(isInside ? [insideStatement] : []),
      ...grants.flatMap(({ statements }) => statements ?? []),
      ...(one.events ?? []).flatMap(({ msk }) => (msk ? consumer(stage, msk, custom) : [])),
    ])
  }
}

const databaseUserOf = (name: string): string =>
  name === 'operationsMigrate' ? databaseUsers.migrations : databaseUsers.functions

function unknownValue(name: string, value: string): never {
  throw new Error(`${name} reads config.${value}: infra/grants/table.ts has to say what it gets for that.`)
}

const inside = (stage: string): unknown => ({
  subnetIds: ['SubnetA', 'SubnetB', 'SubnetC'].map((name) => imported(stage, name)),
  securityGroupIds: [imported(stage, 'FunctionGroup')],
  // The network lets them out over IPv6 only: the SDK needs to be told, too.
  ipv6AllowedForDualStack: true,
})

function consumer(stage: string, { topic, consumerGroupId }: Mapping, custom: Service['custom']): Statement[] {
  const failures = topic === custom.deadLetterTopic ? undefined : custom.deadLetterTopic
  return consumerStatements(stage, topic, consumerGroupId, failures)
}

// A consumer that also writes to Kafka is given some things by both.
const distinct = (statements: readonly Statement[]): Statement[] => [
  ...new Map(statements.map((one) => [JSON.stringify(one), one])).values(),
]

const roleOf = (statements: readonly Statement[]): unknown => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
    Policies: [{ PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement: distinct(statements) } }],
  },
})
