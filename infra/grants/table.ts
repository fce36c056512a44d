/** What a deployed function gets for each value of the configuration that it reads: variables, rights, a place in the network. */
import { limits } from '../../lib/core/limits.ts'

export interface Statement {
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: unknown
}

export interface Grant {
  /** Variables by name. */
  readonly environment?: Readonly<Record<string, unknown>>
  readonly statements?: readonly Statement[]
  /** Whether it has to be inside the network. */
  readonly isInside?: boolean
}

/** Users of the database. Only migrations change its tables. */
export const databaseUsers = { functions: 'gochat', migrations: 'gochat_migrations' } as const

const allow = (Action: readonly string[], Resource: unknown): Statement => ({ Effect: 'Allow', Action, Resource })

/** A text in which `{Name}` stands for what the data stack exports, and `${…}` for what CloudFormation knows. */
function text(stage: string, pattern: string): unknown {
  const names = [...pattern.matchAll(/(?<!\$)\{(\w+)\}/g)].map(([, name = '']) => name)
  const imports = Object.fromEntries(names.map((name) => [name, imported(stage, name)]))
  const sub = pattern.replaceAll(/(?<!\$)(\{\w+\})/g, '$$$1')
  return { 'Fn::Sub': names.length > 0 ? [sub, imports] : sub }
}

export const imported = (stage: string, name: string): unknown => ({ 'Fn::ImportValue': `gochat-${stage}-${name}` })

const arn = (stage: string, service: string, resource: string): unknown =>
  text(stage, `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`)

/**
 * By the name of a value in lib/core/config.ts. `databaseUser` is who connects to MySQL; `given` are the variables that serverless.yml gives to all functions locally.
 * Empty ones are left out, so that defaults hold.
 */
export function grantsOf(
  stage: string,
  databaseUser: string,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, Grant>> {
  const url = (pattern: string): unknown => text(stage, pattern)
  const chosen = (...names: string[]): Grant => ({
    environment: Object.fromEntries(names.flatMap((name) => (given[name] ? [[name, given[name]]] : []))),
  })
  return {
    stage: chosen('STAGE'),
    logLevel: chosen('LOG_LEVEL'),
    timeZone: chosen('TIME_ZONE'),
    tokenTtlSeconds: chosen('TOKEN_TTL_SECONDS'),
    messageTopic: { ...chosen('MESSAGE_TOPIC'), statements: [writing(stage, given.MESSAGE_TOPIC)] },
    fanOutTopic: { ...chosen('FAN_OUT_TOPIC'), statements: [writing(stage, given.FAN_OUT_TOPIC)] },
    deadLetterTopic: { ...chosen('DEAD_LETTER_TOPIC'), statements: [writing(stage, given.DEAD_LETTER_TOPIC)] },
    messageRate: chosen('MESSAGE_RATE_PER_SECOND', 'MESSAGE_RATE_BURST', 'MESSAGE_RATE_EXCESS'),
    connectionsPerUser: chosen('CONNECTIONS_PER_USER'),
    presence: chosen('PRESENCE_CHANGES_PER_MINUTE', 'PRESENCE_FRIENDS'),
    friendRequestsWaiting: chosen('FRIEND_REQUESTS_WAITING'),
    changeSeconds: chosen('MESSAGE_CHANGE_SECONDS'),
    groupMembers: chosen('GROUP_MEMBERS'),
    groupsPerUser: chosen('GROUPS_PER_USER'),
    mediaBytesPerUser: chosen('MEDIA_MEGABYTES_PER_USER'),
    ice: chosen('STUN_URLS', 'TURN_URLS', 'TURN_SECRET', 'TURN_TTL_SECONDS'),
    guesses: chosen(
      'PASSWORD_FAILURES_FREE',
      'PASSWORD_FAILURES_IN_A_ROW',
      'PASSWORD_DELAY_MAX_SECONDS',
      'KNOWN_ADDRESS_DAYS',
    ),
    hashRounds: chosen('PASSWORD_HASH_ROUNDS'),
    limits: chosen(...Object.values(limits).map(({ variable }) => variable)),
    queryToken: chosen('QUERY_TOKEN'),
    // The edge's own, and others that were named.
    cookieOrigins: {
      environment: {
        COOKIE_ORIGINS: url([`https://\${Edge.DomainName}`, given.COOKIE_ORIGINS].filter(Boolean).join()),
      },
    },
    // Lambda gives them itself.
    region: {},
    awsCredentials: {},
    // With the brokers.
    kafkaAuth: {},
    // Signs tokens locally, and nowhere else.
    jwtSecret: {},
    tokenKeys: { environment: { TOKEN_KEYS: { Ref: 'TokenKeys' } } },
    tokenSigningSecret: {
      environment: { TOKEN_SIGNING_SECRET: imported(stage, 'TokenSigningSecret') },
      statements: [allow(['secretsmanager:GetSecretValue'], imported(stage, 'TokenSigningSecret'))],
    },
    // The one that the edge shows, and the one that it has shown or will show.
    originSecrets: {
      environment: { ORIGIN_SECRET: url(['current', 'other'].map(originSecret).join()) },
    },
    storageBucket: {
      environment: { STORAGE_BUCKET: imported(stage, 'MediaBucket') },
      statements: [
        allow(
          ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
          text(stage, `arn:\${AWS::Partition}:s3:::{MediaBucket}/*`),
        ),
      ],
    },
    // On a machine only: deployed, AWS knows the bucket by its name, and the function by its role.
    storageEndpoint: {},
    // Where clients find what is stored.
    publicOrigin: { environment: { PUBLIC_ORIGIN: url(`https://\${Edge.DomainName}`) } },
    mysqlConnections: chosen('MYSQL_CONNECTIONS'),
    mysqlUrl: {
      environment: {
        MYSQL_URL: url(`mysql://${databaseUser}@{DatabaseHost}:3306/gochat?auth=iam`),
        // Node on Lambda does not trust the authority of Aurora's certificates by itself.
        NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem',
      },
      statements: [allow(['rds-db:connect'], arn(stage, 'rds-db', `dbuser:{DatabaseResource}/${databaseUser}`))],
      isInside: true,
    },
    redisUrl: {
      environment: {
        REDIS_URL: url('rediss://{CacheUser}@{CacheHost}:6379?auth=iam&cache={CacheName}'),
      },
      statements: [
        allow(
          ['elasticache:Connect'],
          [arn(stage, 'elasticache', 'serverlesscache:{CacheName}'), arn(stage, 'elasticache', 'user:{CacheUser}')],
        ),
      ],
      isInside: true,
    },
    kafkaBrokers: {
      environment: { KAFKA_BROKERS: imported(stage, 'KafkaBrokers'), KAFKA_AUTH: 'iam' },
      statements: [
        allow(['kafka-cluster:Connect'], imported(stage, 'KafkaArn')),
        allow(['kafka-cluster:WriteDataIdempotently'], imported(stage, 'KafkaArn')),
      ],
      isInside: true,
    },
    gatewayEndpoint: {
      environment: {
        GATEWAY_ENDPOINT: url(`https://\${WebsocketsApi}.execute-api.\${AWS::Region}.amazonaws.com/${stage}`),
      },
      statements: [
        allow(
          ['execute-api:ManageConnections'],
          ['POST', 'DELETE'].map((method) =>
            arn(stage, 'execute-api', `\${WebsocketsApi}/${stage}/${method}/@connections/*`),
          ),
        ),
      ],
    },
  }
}

/** One of the two secrets; infra/resources/keys.yml has the version. */
const originSecret = (which: string): string =>
  `{{resolve:secretsmanager:{OriginSecret}:SecretString:${which}::\${OriginSecretVersion}}}`

const topic = (stage: string, name: string): unknown => arn(stage, 'kafka', `topic/{KafkaPath}/${name}`)

const writing = (stage: string, name = ''): Statement =>
  allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'], topic(stage, name))

/** What Lambda's pollers do by a consumer's role: read one topic in one group, and write to another what failed for good. */
export function consumerStatements(stage: string, from: string, group: string, failures?: string): Statement[] {
  const read = [
    allow(['kafka:DescribeCluster', 'kafka:DescribeClusterV2'], imported(stage, 'KafkaArn')),
    allow(['kafka-cluster:Connect'], imported(stage, 'KafkaArn')),
    allow(
      ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'],
      arn(stage, 'kafka', `group/{KafkaPath}/${group}`),
    ),
    allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], topic(stage, from)),
    // IAM knows no resource for these.
    allow(['kafka:GetBootstrapBrokers', ...networkInterfaces, 'ec2:DescribeVpcs'], '*'),
  ]
  return failures ? [...read, writing(stage, failures)] : read
}

const networkInterfaces = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeSubnets',
  'ec2:DescribeSecurityGroups',
]

/** What Lambda does by the role of a function inside the network. IAM knows no resource for it. */
export const insideStatement: Statement = allow(
  [...networkInterfaces, 'ec2:AssignPrivateIpAddresses', 'ec2:UnassignPrivateIpAddresses'],
  '*',
)

/** Its own log, which the stack makes. */
export const logStatement = (logGroup: string): Statement =>
  allow(['logs:CreateLogStream', 'logs:PutLogEvents'], {
    'Fn::Sub': `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:${logGroup}:*`,
  })
