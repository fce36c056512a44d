/**
 * What must hold of a packaged stage, each rule a function from the stage to what is wrong with it. The deliberate mistakes of
 * mistakes.ts are caught by them.
 */
import { isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'
import * as z from 'zod'
import { productionConcurrency } from '../../infra/deploy/check.ts'
import { readConfig } from '../../lib/core/config.ts'
import { routes } from '../../lib/wire/route.ts'
import type { Bundles } from './bundle.ts'
import type { DataTemplate } from './data-template.ts'
import { allows, fits, needsNetwork, rightsOf, statementsOf } from './grants.ts'
import { names, routesOf } from './routes.ts'
import { functionsOf, keyOfThePackager, ofType, type Packaged } from './stage.ts'

/** Everything that is looked at. */
export interface Subject {
  app: Packaged
  data: DataTemplate
  bundles: Bundles
}

type Rule = (subject: Subject) => string[]

/** What is wanted and not there, and what is there and not wanted. */
function differences(what: string, actual: Iterable<string>, wanted: Iterable<string>): string[] {
  const [has, wants] = [new Set(actual), new Set(wanted)]
  return [
    ...[...wants].flatMap((one) => (has.has(one) ? [] : [`${what}: ${one} is missing`])),
    ...[...has].flatMap((one) => (wants.has(one) ? [] : [`${what}: ${one} is too much`])),
  ]
}

const httpRoutes: Rule = ({ app }) => {
  const found = routesOf(app, 'HTTP')
  const behind = [...found].flatMap(([key, id]) => (id ? [] : [`${key} leads to no function`]))
  return [...differences('HTTP routes', found.keys(), [...Object.keys(routes), '$default']), ...behind]
}

const permissions: Rule = ({ app }) => {
  const granted = [...ofType(app.template, 'AWS::Lambda::Permission').values()].filter(
    ({ Principal }) => Principal === 'apigateway.amazonaws.com',
  )
  const called = [...routesOf(app, 'HTTP').values(), ...routesOf(app, 'WEBSOCKET').values()]
  const authorizers = [...ofType(app.template, 'AWS::ApiGatewayV2::Authorizer').values()]
  const functions = [...ofType(app.template, 'AWS::Lambda::Function').keys()]
  const asked = functions.filter((id) => authorizers.some(({ AuthorizerUri }) => names(AuthorizerUri, id)))
  return [...called, ...asked].flatMap((id) =>
    id && !granted.some(({ FunctionName }) => names(FunctionName, id)) ? [`the gateway may not invoke ${id}`] : [],
  )
}

const Connect = z.looseObject({ AuthorizationType: z.literal('CUSTOM'), AuthorizerId: z.object({ Ref: z.string() }) })
const Authorizer = z.looseObject({ AuthorizerType: z.literal('REQUEST'), IdentitySource: z.tuple([]) })

const socketRoutes: Rule = ({ app }) => {
  const all = [...ofType(app.template, 'AWS::ApiGatewayV2::Route').values()]
  const connect = all.find(({ RouteKey }) => RouteKey === '$connect')
  const authorizers = ofType(app.template, 'AWS::ApiGatewayV2::Authorizer')
  const parsed = Connect.safeParse(connect)
  const authorizer = parsed.success ? authorizers.get(parsed.data.AuthorizerId.Ref) : undefined
  const answers = [...ofType(app.template, 'AWS::ApiGatewayV2::RouteResponse').values()]
  return [
    ...differences('socket routes', routesOf(app, 'WEBSOCKET').keys(), ['$connect', '$disconnect', '$default']),
    // With a source that is absent from a request, the gateway refuses it without asking.
    ...(Authorizer.safeParse(authorizer).success ? [] : ['$connect has no authorizer that is asked for every client']),
    ...(answers.length === 1 && answers[0]?.RouteResponseKey === '$default' ? [] : ['frames have no route response']),
  ]
}

const mappingsWanted = (stage: string): Record<string, object> => ({
  'gochat-persist': {
    BatchSize: 500,
    MaximumBatchingWindowInSeconds: 0,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    StartingPosition: 'TRIM_HORIZON',
    MaximumRetryAttempts: 10_000,
    MaximumRecordAgeInSeconds: 86_400,
    BisectBatchOnFunctionError: true,
    DestinationConfig: { OnFailure: { Destination: 'kafka://chat-messages-dead-letter' } },
    ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4, PollerGroupName: `gochat-${stage}` },
    Topics: ['chat-messages'],
  },
  'gochat-fan-out': {
    BatchSize: 10,
    MaximumBatchingWindowInSeconds: 0,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    StartingPosition: 'TRIM_HORIZON',
    MaximumRetryAttempts: 10_000,
    MaximumRecordAgeInSeconds: 86_400,
    BisectBatchOnFunctionError: true,
    DestinationConfig: { OnFailure: { Destination: 'kafka://chat-messages-dead-letter' } },
    ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 4, PollerGroupName: `gochat-${stage}` },
    Topics: ['chat-fan-out'],
  },
  'gochat-dead-letter': {
    BatchSize: 100,
    MaximumBatchingWindowInSeconds: 0,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    StartingPosition: 'TRIM_HORIZON',
    ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 1, PollerGroupName: `gochat-${stage}` },
    Topics: ['chat-messages-dead-letter'],
  },
})

const Mapping = z.looseObject({ AmazonManagedKafkaEventSourceConfig: z.object({ ConsumerGroupId: z.string() }) })

const mappings: Rule = ({ app }) => {
  const found = new Map(
    [...ofType(app.template, 'AWS::Lambda::EventSourceMapping').values()].map((mapping) => [
      Mapping.parse(mapping).AmazonManagedKafkaEventSourceConfig.ConsumerGroupId,
      mapping,
    ]),
  )
  const wanted = mappingsWanted(app.stage)
  const rest = new Set(['EventSourceArn', 'FunctionName', 'Enabled', 'AmazonManagedKafkaEventSourceConfig'])
  return [
    ...differences('consumer groups', found.keys(), Object.keys(wanted)),
    ...[...found].flatMap(([group, mapping]) => {
      const own = Object.entries(mapping).flatMap(([name, value]) => (rest.has(name) ? [] : [saying(name, value)]))
      return differences(
        group,
        own,
        Object.entries(wanted[group] ?? {}).map(([name, value]) => saying(name, value)),
      )
    }),
  ]
}

/** Numbers that come from variables are texts, which CloudFormation takes for numbers. */
const saying = (name: string, value: unknown): string =>
  `${name} ${JSON.stringify(typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value)}`

const imports: Rule = ({ app, data }) => {
  const found = [...JSON.stringify(app.template).matchAll(/"Fn::ImportValue":"([^"]+)"/g)].map(([, name = '']) => name)
  if (found.length === 0) return ['nothing is imported of the data stack']
  return [...new Set(found)].flatMap((name) => (data.exports.includes(name) ? [] : [`nobody exports ${name}`]))
}

const secretName = /SECRET|PASSWORD|PRIVATE|CREDENTIALS$/
const isReference = (value: string): boolean => /^\{\{resolve:(secretsmanager|ssm-secure):/.test(value)
const isName = (value: string): boolean => value.startsWith('arn:')

const secrets: Rule = ({ app }) => {
  const texts = { template: JSON.stringify(app.template), 'state file': app.state }
  return [
    ...Object.entries(texts).flatMap(([where, text]) => [
      ...(text.includes(keyOfThePackager) ? [`the key of whoever packages stands in the ${where}`] : []),
      ...(/:\/\/[^/\s"@]+:[^/\s"@]+@/.test(text) ? [`an address with a password stands in the ${where}`] : []),
      ...(/\\"d\\+":|"d":"[\w-]{40,}"|PRIVATE KEY-----/.test(text) ? [`a private key stands in the ${where}`] : []),
      ...(/\b(AKIA|ASIA)[A-Z0-9]{16}\b/.test(text) ? [`an access key of AWS stands in the ${where}`] : []),
    ]),
    ...functionsOf(app).flatMap(({ name, variables }) =>
      Object.entries(variables).flatMap(([variable, value]) =>
        secretName.test(variable) && typeof value === 'string' && value !== '' && !isReference(value) && !isName(value)
          ? [`${name}: ${variable} stands in clear`]
          : [],
      ),
    ),
  ]
}

const isOpen = (rule: unknown): boolean => /"(0\.0\.0\.0\/0|::\/0)"/.test(JSON.stringify(rule ?? null))

const publicStores: Rule = ({ app, data }) =>
  [...Object.entries(app.template.Resources), ...Object.entries(data.Resources)].flatMap(
    ([id, { Type, Properties }]) => [
      ...(Properties.PubliclyAccessible === true || Properties.PubliclyAccessible === 'true'
        ? [`${id} is public`]
        : []),
      ...(/"PublicAccess":\{"Type":"(?!DISABLED)/.test(JSON.stringify(Properties)) ? [`${id} is public`] : []),
      ...(Type === 'AWS::EC2::SecurityGroup' && isOpen(Properties.SecurityGroupIngress)
        ? [`${id} lets anyone in`]
        : []),
      ...(Type === 'AWS::EC2::SecurityGroupIngress' && isOpen(Properties) ? [`${id} lets anyone in`] : []),
    ],
  )

const network: Rule = ({ app, bundles }) =>
  functionsOf(app).flatMap(({ name, isInside }) => {
    const bundle = bundles[name] ?? unmeasured(name)
    return needsNetwork(bundle) && !isInside ? [`${name} speaks to a store from outside the network`] : []
  })

function unmeasured(name: string): never {
  throw new Error(`nobody knows the bundle of ${name}`)
}

const rights: Rule = ({ app, bundles }) =>
  functionsOf(app).flatMap((deployed) => {
    const { name } = deployed
    const wanted = rightsOf(app.stage, name, bundles[name] ?? unmeasured(name))
    const given = statementsOf(app, deployed)
    const each = given.flatMap(({ actions, resources }) =>
      actions.flatMap((action) => resources.map((on) => ({ action, on }))),
    )
    return [
      ...wanted.flatMap(({ action, on }) => (allows(given, action, on) ? [] : [`${name} may not ${action} on ${on}`])),
      ...each
        .filter((one) => !wanted.some(({ action, on }) => action === one.action && fits(one.on, on)))
        .map(({ action, on }) => `${name} may ${action} on ${on} for nothing`),
      ...wanted.flatMap(({ action, beside }) =>
        beside !== undefined && allows(given, action, beside) ? [`${name} may ${action} on ${beside}, too`] : [],
      ),
    ]
  })

const statements: Rule = ({ app, bundles }) =>
  functionsOf(app).flatMap((deployed) => {
    const { name } = deployed
    const wanted = rightsOf(app.stage, name, bundles[name] ?? unmeasured(name))
    const given = statementsOf(app, deployed)
    return given.flatMap((statement) => {
      const rest = given.filter((other) => other !== statement)
      const isNeeded = wanted.some(({ action, on }) => !allows(rest, action, on))
      return isNeeded ? [] : [`${name} loses nothing without ${statement.actions} on ${statement.resources}`]
    })
  })

const roles: Rule = ({ app }) => {
  const shared = Map.groupBy(functionsOf(app), ({ role }) => JSON.stringify(role))
  return [...shared.values()].flatMap((all) =>
    all.length > 1 ? [`${all.map(({ name }) => name).join(', ')} share a role`] : [],
  )
}

const variables: Rule = ({ app, bundles }) => {
  const wanted: Record<string, string> = {
    MYSQL_URL: 'lib/client/mysql.ts',
    REDIS_URL: 'lib/client/redis.ts',
    KAFKA_BROKERS: 'lib/client/kafka.ts',
    STORAGE_BUCKET: 'lib/client/storage.ts',
    GATEWAY_ENDPOINT: 'lib/client/gateway.ts',
    ORIGIN_SECRET: 'lib/entry/middleware/origin.ts',
  }
  return functionsOf(app).flatMap(({ name, variables: given }) =>
    differences(
      `${name}'s variables`,
      Object.keys(given).filter((variable) => variable in wanted),
      Object.entries(wanted).flatMap(([variable, client]) =>
        bundles[name]?.modules.includes(client) ? [variable] : [],
      ),
    ),
  )
}

const origins: Rule = ({ app }) => {
  const routed = new Set(routesOf(app, 'HTTP').values())
  const authorizers = [...ofType(app.template, 'AWS::ApiGatewayV2::Authorizer').values()]
  return functionsOf(app).flatMap(({ name, id, variables }) => {
    const isReached = routed.has(id) || authorizers.some(({ AuthorizerUri }) => names(AuthorizerUri, id))
    return isReached && !('ORIGIN_SECRET' in variables) ? [`${name} answers whoever calls it past the edge`] : []
  })
}

/** An assumption: what the writer takes at 16 ACUs. docs/scale.md rests on it, too. */
const maxConnections = 2_000
/** What AWS keeps of an account's concurrency for functions that reserve none. */
const unreserved = 100
const ProxyPool = z.object({ ConnectionPoolConfigurationInfo: z.object({ MaxConnectionsPercent: z.number() }) })

const connections: Rule = ({ app, data, bundles }) => {
  // Other stages have no proxy, and an account that may have no concurrency to reserve.
  if (app.stage !== 'prod') return []
  const holders = functionsOf(app).filter(({ name }) => bundles[name]?.modules.includes('lib/client/mysql.ts'))
  const endless = holders.filter(({ atOnce }) => atOnce === undefined)
  const environments = holders.reduce((sum, { atOnce = 0 }) => sum + atOnce, 0)
  const reserved = functionsOf(app).reduce((sum, { atOnce = 0 }) => sum + atOnce, 0)
  const { mysqlConnections } = readConfig({ STAGE: app.stage })
  const { MaxConnectionsPercent } = ProxyPool.parse(
    Object.values(data.Resources).find(({ Type }) => Type === 'AWS::RDS::DBProxyTargetGroup')?.Properties,
  ).ConnectionPoolConfigurationInfo
  const most = (maxConnections * MaxConnectionsPercent) / 100
  return [
    ...endless.map(({ name }) => `${name} may open connections without end`),
    ...(environments * mysqlConnections > most
      ? [`${environments} environments may open more connections than the ${most} that the proxy lets through`]
      : []),
    ...(reserved + unreserved > productionConcurrency
      ? [`${reserved} are reserved, of which the deploy command does not know`]
      : []),
  ]
}

const Ref = z.object({ Ref: z.string() })
const Behaviour = z.looseObject({
  PathPattern: z.string().default('*'),
  TargetOriginId: z.string(),
  ResponseHeadersPolicyId: Ref,
  FunctionAssociations: z.tuple([
    z.object({ EventType: z.literal('viewer-request'), FunctionARN: z.object({ 'Fn::GetAtt': z.array(z.string()) }) }),
  ]),
})
const Edge = z.object({
  DistributionConfig: z.looseObject({ DefaultCacheBehavior: Behaviour, CacheBehaviors: z.array(Behaviour) }),
})
const EdgeFunction = z.looseObject({ FunctionCode: z.string() })

const page: Rule = ({ app }) => {
  const [edge] = [...ofType(app.template, 'AWS::CloudFront::Distribution').values()]
  const [code] = [...ofType(app.template, 'AWS::CloudFront::Function').values()]
  const { DefaultCacheBehavior, CacheBehaviors } = Edge.parse(edge).DistributionConfig
  const all = [DefaultCacheBehavior, ...CacheBehaviors]
  const handler = runInNewContext(`${EdgeFunction.parse(code).FunctionCode}; handler`, {})
  const shown = (uri: string): string => handler({ viewer: { ip: '' }, request: { uri, headers: {} } }).uri
  return [
    ...differences(
      'paths of the edge',
      all.map((one) => `${one.PathPattern} ${one.TargetOriginId} ${one.ResponseHeadersPolicyId.Ref}`),
      [
        ...['* web WebHeaders', '/swagger* web ApiPageHeaders', '/api/ws socket ApiHeaders', '/api/* http ApiHeaders'],
        ...['/incoming/*', '/chat-files/*', '/temp-files/*'].map((path) => `${path} signed-media FileHeaders`),
        '/user-avatars/* open-media FileHeaders',
      ],
    ),
    ...['/sign-in', '/chat/42', '/settings/profile'].flatMap((path) =>
      shown(path) === '/index.html' ? [] : [`${path} does not show the page`],
    ),
    ...['/assets/main.js', '/api/chat', '/nothing'].flatMap((path) =>
      shown(path) === path ? [] : [`${path} shows the page`],
    ),
  ]
}

const yes = z.literal(true)
const MediaBucket = z.looseObject({
  PublicAccessBlockConfiguration: z.strictObject({
    BlockPublicAcls: yes,
    BlockPublicPolicy: yes,
    IgnorePublicAcls: yes,
    RestrictPublicBuckets: yes,
  }),
  OwnershipControls: z.object({ Rules: z.tuple([z.object({ ObjectOwnership: z.literal('BucketOwnerEnforced') })]) }),
  BucketEncryption: z.object({ ServerSideEncryptionConfiguration: z.array(z.unknown()).nonempty() }),
})
const forgotten = {
  LifecycleConfiguration: {
    Rules: [
      { Id: 'unused-uploads', Status: 'Enabled', Prefix: 'incoming/', ExpirationInDays: 1 },
      { Id: 'unfinished-uploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
    ],
  },
}

const mediaBucket: Rule = ({ data }) => {
  const { Properties } = data.Resources.Media ?? {}
  const { LifecycleConfiguration } = Properties ?? {}
  return [
    ...(MediaBucket.safeParse(Properties).success ? [] : ['the bucket of media is not private']),
    ...(isDeepStrictEqual({ LifecycleConfiguration }, forgotten) ? [] : ['the bucket of media forgets something else']),
  ]
}

const MediaBehaviour = z.looseObject({
  PathPattern: z.string(),
  TargetOriginId: z.string(),
  ViewerProtocolPolicy: z.literal('https-only'),
  AllowedMethods: z.array(z.string()).default([]),
  CachePolicyId: z.string(),
  OriginRequestPolicyId: Ref.optional(),
})
const MediaEdge = z.object({
  DistributionConfig: z.object({
    Origins: z.array(z.looseObject({ Id: z.string(), OriginAccessControlId: z.unknown().optional() })),
    CacheBehaviors: z.array(z.looseObject({ PathPattern: z.string() })),
  }),
})
const RequestPolicy = z.object({
  OriginRequestPolicyConfig: z.looseObject({
    CookiesConfig: z.object({ CookieBehavior: z.literal('none') }),
    HeadersConfig: z.object({ HeaderBehavior: z.literal('whitelist'), Headers: z.tuple([z.literal('content-type')]) }),
    QueryStringsConfig: z.object({ QueryStringBehavior: z.literal('all') }),
  }),
})
const BucketPolicy = z.looseObject({
  PolicyDocument: z.object({ Statement: z.array(z.looseObject({ Effect: z.string(), Resource: z.unknown() })) }),
})
const cachesNothing = '4135ea2d-6df8-44a3-9df3-4b5a84be39ad'

const media: Rule = ({ app }) => {
  const [edge] = [...ofType(app.template, 'AWS::CloudFront::Distribution').values()]
  const [code] = [...ofType(app.template, 'AWS::CloudFront::Function').values()]
  const { Origins, CacheBehaviors } = MediaEdge.parse(edge).DistributionConfig
  const behaviours = CacheBehaviors.flatMap((one) => {
    const isMedia = /^\/(incoming|chat-files|temp-files|user-avatars)\//.test(one.PathPattern)
    return isMedia ? [MediaBehaviour.parse(one)] : []
  })
  const isSigner = (id: string): boolean =>
    Origins.some((one) => one.Id === id && one.OriginAccessControlId !== undefined)
  const policy = BucketPolicy.parse(app.template.Resources.MediaPolicy?.Properties).PolicyDocument.Statement
  const readable = policy.filter(({ Effect }) => Effect === 'Allow').map(({ Resource }) => JSON.stringify(Resource))
  const handler = runInNewContext(`${EdgeFunction.parse(code).FunctionCode}; handler`, {})
  const passes = (method: string, length?: string): boolean => {
    const headers = length === undefined ? {} : { 'content-length': { value: length } }
    return !handler({ viewer: { ip: '' }, request: { method, uri: '/incoming/id', headers } }).statusCode
  }
  return [
    ...behaviours.flatMap(({ PathPattern, AllowedMethods, TargetOriginId, CachePolicyId, OriginRequestPolicyId }) => {
      const isSigned = PathPattern !== '/user-avatars/*'
      const { Properties } = app.template.Resources[OriginRequestPolicyId?.Ref ?? ''] ?? {}
      return [
        ...(PathPattern === '/incoming/*' ? [] : differences(PathPattern, AllowedMethods, ['GET', 'HEAD'])),
        ...(isSigned === isSigner(TargetOriginId) ? [`${PathPattern} is signed by the wrong one`] : []),
        ...(isSigned && CachePolicyId !== cachesNothing ? [`${PathPattern} is kept by the edge`] : []),
        ...(isSigned && !RequestPolicy.safeParse(Properties).success ? [`${PathPattern} loses its signature`] : []),
        ...(!isSigned && OriginRequestPolicyId ? [`${PathPattern} asks the bucket what a viewer wants`] : []),
      ]
    }),
    ...['GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'DELETE'].flatMap((method) =>
      passes(method, '1') ? [`an upload may be a ${method}`] : [],
    ),
    ...(passes('PUT', '104857600') ? [] : ['there is no upload']),
    ...(passes('PUT') || passes('PUT', '104857601') ? ['an upload may be of any length'] : []),
    ...(readable.length === 1 && readable[0]?.includes('/user-avatars/*"') ? [] : ['more than avatars is open']),
  ]
}

/** By what they claim. */
export const rules: Record<string, Rule> = {
  "the HTTP API has the wire's own routes and the catch-all, each with its function": httpRoutes,
  'the gateway may invoke each function that a route or an authorizer names': permissions,
  'the WebSocket API has its three routes, and an authorizer that is asked for every client': socketRoutes,
  'the three mappings say what they have to': mappings,
  'all that is imported is exported by the data stack': imports,
  'no secret stands in clear': secrets,
  'no store is public': publicStores,
  'each function that holds a client of a store is inside the network': network,
  'each function has a role of its own': roles,
  'each role gives what the clients of its bundle need, and nothing else': rights,
  'without any one statement of its role, a function could not do its work': statements,
  'each function is told of the servers whose clients it holds, and of no others': variables,
  'each function that clients reach asks for the origin secret': origins,
  'all connections that the functions may open are fewer than the proxy lets through': connections,
  'the edge has the page, its files and both APIs at their paths, each with its policy': page,
  'the bucket of media is private, and forgets what was not used within a day': mediaBucket,
  'of media, the edge lets through what is signed and avatars, and keeps nothing that is signed': media,
}
