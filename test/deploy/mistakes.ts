/**
 * Deliberate mistakes in what is deployed, one of each class, each with the check that has to catch it. They are made in memory,
 * in a copy of what was packaged. docs/check-deploy.md lists them.
 */
import type { DataTemplate } from './data-template.ts'
import type { Packaged, Resource } from './stage.ts'

interface Deployed {
  app: Packaged
  data: DataTemplate
}

export interface Mistake {
  /** Makes the mistake. */
  edit?: (deployed: Deployed) => void
  /** The claim of rules.ts that it breaks. */
  rule?: string
  /** What cfn-lint calls it. */
  lint?: string
  /** A variable that a function is not told, of which it has to complain when it starts. */
  without?: { of: string; variable: string }
}

function resource(
  { app: { template } }: Deployed,
  type: string,
  fits: (one: Resource) => boolean = () => true,
): Resource {
  const found = Object.values(template.Resources).find((one) => one.Type === type && fits(one))
  if (!found) throw new Error(`there is no ${type} to make a mistake in`)
  return found
}

const text = (value: unknown): string => JSON.stringify(value)
const mappingOf = (deployed: Deployed, name: string): Resource =>
  resource(deployed, 'AWS::Lambda::EventSourceMapping', ({ Properties }) =>
    text(Properties.FunctionName).includes(name),
  )
const functionOf = (deployed: Deployed, name: string): Resource =>
  resource(deployed, 'AWS::Lambda::Function', ({ Properties }) => text(Properties.FunctionName).includes(name))
const permissionOf = (deployed: Deployed, name: string): Resource =>
  resource(deployed, 'AWS::Lambda::Permission', ({ Properties }) => text(Properties.FunctionName).includes(name))
const roleWith = (deployed: Deployed, action: string): Resource =>
  resource(deployed, 'AWS::IAM::Role', ({ Properties }) => text(Properties.Policies).includes(action))
const routeOf = (deployed: Deployed, key: string): Resource =>
  resource(deployed, 'AWS::ApiGatewayV2::Route', ({ Properties }) => Properties.RouteKey === key)

/** Changes a resource's properties as text: the value found there exactly once or more becomes another one. */
function rewrite(one: Resource, find: string | RegExp, replace: string): void {
  const before = text(one.Properties)
  const after = before.replace(find, replace)
  if (after === before) throw new Error(`the mistake finds nothing to change in ${before}`)
  one.Properties = JSON.parse(after)
}

/** How the policy begins that a role has of its own. */
const ownPolicy = '"PolicyDocument":{"Version":"2012-10-17","Statement":['
const ownLog = text({
  Effect: 'Allow',
  Action: 'logs:PutLogEvents',
  Resource: 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/gochat-prod-streamPersist:*',
})
const rights = 'each role gives what the clients of its bundle need, and nothing else'
const mappings = 'the three mappings say what they have to'
const mediaAtTheEdge = 'of media, the edge lets through what is signed and avatars, and keeps nothing that is signed'

export const mistakes: Record<string, Mistake> = {
  'a right is missing: posts to connections': {
    edit: (deployed) =>
      rewrite(roleWith(deployed, 'execute-api:ManageConnections'), 'ManageConnections', 'InvalidateCache'),
    rule: rights,
  },
  'a right is missing: writing to the failure topic': {
    edit: (deployed) => rewrite(roleWith(deployed, 'kafka-cluster:AlterGroup'), /WriteData/g, 'ReadData'),
    rule: rights,
  },
  'a right is too wide: posts to the connections of any API': {
    edit: (deployed) => rewrite(roleWith(deployed, 'execute-api:ManageConnections'), /\$\{WebsocketsApi\}\/\w+/g, '*'),
    rule: rights,
  },
  'a route leads nowhere that a client goes': {
    edit: (deployed) => rewrite(routeOf(deployed, 'POST /api/user/login'), '/login', '/log-in'),
    rule: "the HTTP API has the wire's own routes and the catch-all, each with its function",
  },
  'the gateway may not invoke a function': {
    edit: (deployed) => {
      permissionOf(deployed, 'UserLogin').Properties.Principal = 'events.amazonaws.com'
    },
    rule: 'the gateway may invoke each function that a route or an authorizer names',
  },
  'the authorizer is asked for clients with a header only': {
    edit: (deployed) => {
      resource(deployed, 'AWS::ApiGatewayV2::Authorizer').Properties.IdentitySource = ['route.request.header.Auth']
    },
    rule: 'the WebSocket API has its three routes, and an authorizer that is asked for every client',
  },
  'the batching window is left at its default': {
    edit: (deployed) => {
      delete mappingOf(deployed, 'StreamPersist').Properties.MaximumBatchingWindowInSeconds
    },
    rule: mappings,
  },
  'the consumer gives up after ten attempts': {
    edit: (deployed) => {
      mappingOf(deployed, 'StreamPersist').Properties.MaximumRetryAttempts = 10
    },
    rule: mappings,
  },
  'the fan-out takes more slices at once than it can post': {
    edit: (deployed) => {
      mappingOf(deployed, 'StreamFanOut').Properties.BatchSize = 500
    },
    rule: mappings,
  },
  'the consumer may not write slices': {
    edit: (deployed) => rewrite(roleWith(deployed, 'chat-fan-out'), /chat-fan-out/g, 'chat-fan-in'),
    rule: rights,
  },
  'an import is exported by nobody': {
    edit: ({ data }) => {
      data.exports = data.exports.filter((name) => !name.endsWith('-CacheHost'))
    },
    rule: 'all that is imported is exported by the data stack',
  },
  'an import is of another stage': {
    edit: (deployed) => rewrite(functionOf(deployed, 'streamPersist'), 'gochat-prod-CacheHost', 'gochat-dev-CacheHost'),
    rule: 'all that is imported is exported by the data stack',
  },
  'the key stands in clear in a variable': {
    edit: (deployed) => rewrite(functionOf(deployed, 'userLogin'), '"Variables":{', '"Variables":{"JWT_SECRET":"abc",'),
    rule: 'no secret stands in clear',
  },
  'the address of the database holds a password': {
    edit: (deployed) => rewrite(functionOf(deployed, 'userLogin'), 'mysql://gochat@', 'mysql://gochat:secret@'),
    rule: 'no secret stands in clear',
  },
  'the database is public': {
    edit: ({ data }) => {
      const database = Object.values(data.Resources).find(({ Type }) => Type === 'AWS::RDS::DBInstance')
      if (database) database.Properties.PubliclyAccessible = true
    },
    rule: 'no store is public',
  },
  'the stores let anyone in': {
    edit: ({ data }) => {
      data.Resources.Anyone = {
        Type: 'AWS::EC2::SecurityGroupIngress',
        Properties: { IpProtocol: 'tcp', FromPort: 3306, ToPort: 3306, CidrIp: '0.0.0.0/0' },
      }
    },
    rule: 'no store is public',
  },
  'a function that reads the database is outside the network': {
    edit: (deployed) => {
      delete functionOf(deployed, 'chatHistory').Properties.VpcConfig
    },
    rule: 'each function that holds a client of a store is inside the network',
  },
  'a right is given twice': {
    edit: (deployed) => rewrite(roleWith(deployed, 'AlterGroup'), ownPolicy, `${ownPolicy}${ownLog},${ownLog},`),
    rule: 'without any one statement of its role, a function could not do its work',
  },
  'two functions share a role': {
    edit: (deployed) => {
      functionOf(deployed, 'chatSync').Properties.Role = functionOf(deployed, 'chatHistory').Properties.Role
    },
    rule: 'each function has a role of its own',
  },
  'a function is told where a server is that it never calls': {
    edit: (deployed) => rewrite(functionOf(deployed, 'socketConnect'), '"Variables":{', '"Variables":{"MYSQL_URL":"",'),
    rule: 'each function is told of the servers whose clients it holds, and of no others',
  },
  'a function answers past the edge': {
    edit: (deployed) => rewrite(functionOf(deployed, 'userSearch'), '"ORIGIN_SECRET"', '"ORIGIN"'),
    rule: 'each function that clients reach asks for the origin secret',
  },
  'whoever opens a socket is not asked for the edge’s secret': {
    edit: (deployed) => rewrite(functionOf(deployed, 'socketAuthorize'), '"ORIGIN_SECRET"', '"ORIGIN"'),
    rule: 'each function that clients reach asks for the origin secret',
  },
  'a function may open connections without end': {
    edit: (deployed) => {
      delete functionOf(deployed, 'chatHistory').Properties.ReservedConcurrentExecutions
    },
    rule: 'all connections that the functions may open are fewer than the proxy lets through',
  },
  'functions may open more connections than the proxy lets through': {
    edit: (deployed) => {
      functionOf(deployed, 'socketMessage').Properties.ReservedConcurrentExecutions = 500
    },
    rule: 'all connections that the functions may open are fewer than the proxy lets through',
  },
  'a view of the page is not found when it is loaded anew': {
    edit: (deployed) => {
      const viewer = resource(deployed, 'AWS::CloudFront::Function')
      viewer.Properties.FunctionCode = String(viewer.Properties.FunctionCode).replace('|chat|', '|')
    },
    rule: 'the edge has the page, its files and both APIs at their paths, each with its policy',
  },
  'the page has the policy of the API page': {
    edit: (deployed) =>
      rewrite(resource(deployed, 'AWS::CloudFront::Distribution'), '"WebHeaders"', '"ApiPageHeaders"'),
    rule: 'the edge has the page, its files and both APIs at their paths, each with its policy',
  },
  'the bucket of media may be made public': {
    edit: ({ data }) => {
      const media = data.Resources.Media?.Properties ?? {}
      media.PublicAccessBlockConfiguration = { BlockPublicAcls: true, IgnorePublicAcls: true }
    },
    rule: 'the bucket of media is private, and forgets what was not used within a day',
  },
  'the edge keeps a file that only some may read': {
    edit: (deployed) =>
      rewrite(
        resource(deployed, 'AWS::CloudFront::Distribution'),
        /("PathPattern":"\/chat-files\/\*".*?"CachePolicyId":)"[^"]*"/,
        '$1"658327ea-f89d-4fab-a63d-7e88639e58f6"',
      ),
    rule: mediaAtTheEdge,
  },
  'the edge signs for whoever asks for a file': {
    edit: (deployed) =>
      rewrite(
        resource(deployed, 'AWS::CloudFront::Distribution'),
        /"TargetOriginId":"signed-media"/,
        '"TargetOriginId":"open-media"',
      ),
    rule: mediaAtTheEdge,
  },
  'a file is deleted by an upload’s address': {
    edit: (deployed) => {
      const viewer = resource(deployed, 'AWS::CloudFront::Function')
      viewer.Properties.FunctionCode = String(viewer.Properties.FunctionCode).replace("!== 'PUT'", "=== 'GET'")
    },
    rule: mediaAtTheEdge,
  },
  'everybody may read every file': {
    edit: (deployed) =>
      rewrite(
        resource(deployed, 'AWS::S3::BucketPolicy', ({ Properties }) => text(Properties).includes('/user-avatars/*')),
        '/user-avatars/*',
        '/*',
      ),
    rule: mediaAtTheEdge,
  },
  'a property is unknown': {
    edit: (deployed) => {
      functionOf(deployed, 'userLogin').Properties.MemorySise = 512
    },
    lint: 'E3002',
  },
  'a right is for an action that there is not': {
    edit: (deployed) => rewrite(roleWith(deployed, 'elasticache:Connect'), 'elasticache:Connect', 'elasticache:Conect'),
    lint: 'W3037',
  },
  'a reference leads nowhere': {
    edit: (deployed) => {
      functionOf(deployed, 'userLogin').Properties.Role = { 'Fn::GetAtt': ['NoSuchRole', 'Arn'] }
    },
    lint: 'E1010',
  },
  'a log group is kept for a number of days that there is not': {
    edit: (deployed) => {
      resource(deployed, 'AWS::Logs::LogGroup').Properties.RetentionInDays = 31
    },
    lint: 'E3030',
  },
  'a function is not told where the database is': { without: { of: 'userLogin', variable: 'MYSQL_URL' } },
  'a function is not told where Redis is': { without: { of: 'socketConnect', variable: 'REDIS_URL' } },
  'the consumer is not told where it posts to': { without: { of: 'streamPersist', variable: 'GATEWAY_ENDPOINT' } },
}

/** Who catches it, in words. */
export const caughtBy = ({ rule, lint, without }: Mistake): string =>
  rule ?? (lint ? `cfn-lint: ${lint}` : `the function itself, when ${without?.of} is started and asked`)
